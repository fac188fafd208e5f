# Makes a machine in an empty network namespace and prints what its commands say: the files beside this one.
# Run by: unshare -rnm sh machine.sh (iproute2 6.1, iptables 1.8.9, nftables 1.0.6)
set -e
ip link add eth0 type veth peer name p0; ip link set p0 up; ip addr add 192.168.1.5/24 dev eth0; ip addr add fd00:1::5/64 dev eth0; ip link set eth0 up; ip link set lo up
ip link add wg0 type veth peer name p1; ip link set p1 up
ip addr add 10.67.0.3/24 dev wg0; ip link set wg0 up
ip route add default via 192.168.1.1 dev eth0 metric 100; ip route add 10.9.0.0/16 via 192.168.1.7; ip route add unreachable 10.0.0.0/8; ip route add default dev wg0 table 51820
ip -6 route add default via fd00:1::1 dev eth0; ip -6 route add fd00:9::/64 dev wg0
ip rule add not fwmark 51820 table 51820; ip rule add table main suppress_prefixlength 0
ip neigh add proxy 192.168.1.200 dev eth0; ip -6 neigh add proxy fd00:1::200 dev eth0; ip neigh add 192.168.1.1 lladdr 02:00:00:00:00:01 dev eth0
iptables -A FORWARD -i wg0 -j ACCEPT; iptables -A FORWARD -o wg0 -m conntrack --ctstate ESTABLISHED,RELATED -j ACCEPT; iptables -P FORWARD DROP; iptables -N DOCKER-USER; iptables -A DOCKER-USER -j RETURN; iptables -I FORWARD -j DOCKER-USER
iptables -A INPUT ! -s 10.0.0.0/8 -p tcp -m multiport --dports 22,80,443 -m comment --comment "a \"b\" c" -j ACCEPT; iptables -A INPUT -p icmp --icmp-type 8 -j ACCEPT; iptables -A INPUT -i lo -j ACCEPT;iptables -A INPUT -m limit --limit 5/min -j LOG --log-prefix "x y"
iptables -t nat -A POSTROUTING -s 10.67.0.0/24 ! -o wg0 -j MASQUERADE; iptables -t nat -A PREROUTING -i eth0 -p udp --dport 27015 -j DNAT --to-destination 10.67.0.2:27016; iptables -t nat -A PREROUTING -m addrtype --dst-type LOCAL -j RETURN
iptables -t mangle -A FORWARD -o wg0 -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu; iptables -t nat -A PREROUTING -d 10.77.1.0/24 -i wg0 -j NETMAP --to 192.168.1.0/24;iptables -t nat -A POSTROUTING -s 192.168.1.0/24 -o wg0 -j NETMAP --to 10.77.1.0/24
ip6tables -A FORWARD -s fd00::/8 -j ACCEPT
iptables-save > iptables-save; ip6tables-save > ip6tables-save
for t in filter nat mangle; do iptables -t $t -F;iptables -t $t -X; done; iptables -P FORWARD ACCEPT; ip6tables -F
ip -j addr > ip-addr.json; ip -j route > ip-route.json; ip -j route show table all > ip-route-all.json; ip -j -6 route show table all > ip-6-route-all.json; ip -6 -j route > ip-6-route.json; ip -j rule > ip-rule.json; ip -j -6 rule > ip-6-rule.json; ip -j neigh show proxy > ip-neigh-proxy.json; ip -j -6 neigh show proxy > ip-6-neigh-proxy.json; ip -j neigh > ip-neigh.json; ip route > ip-route.txt; sysctl -a 2>/dev/null | grep '^net.ipv[46].\(conf.*\.\(forwarding\|rp_filter\|proxy_arp\|accept_ra\) \|ip_forward\)' > sysctl.txt
nft flush ruleset
nft -f - <<'X'
table inet fw {
  set lans {
    type ipv4_addr; flags interval
    elements = { 10.0.0.0/8, 192.168.0.0/16 }
  }
  chain input {
    type filter hook input priority filter; policy drop;
    ct state vmap { established : accept, related : accept, invalid : drop }
    iifname { "lo", "wg0" } accept
    tcp dport { 22, 8000-8010 } ip saddr @lans counter accept comment "x; y"
    udp dport 51820 accept
    icmpv6 type { echo-request, nd-neighbor-solicit } accept
    icmp type echo-request limit rate 5/second accept
  }
  chain lan {
    iifname "eth0" oifname "wg0" accept
    return
  }
  chain forward {
    type filter hook forward priority filter - 5; policy drop;
    jump lan
    iifname "wg*" ip daddr != 192.168.1.1 accept
    iifname "wg0" oifname != "eth0" reject with icmpx type admin-prohibited
    tcp flags & (syn | rst) == syn tcp option maxseg size set rt mtu
    oifname "wg0" tcp flags syn tcp option maxseg size set 1360
    meta l4proto { tcp, udp } th dport 53 accept
    log prefix "no " drop
  }
  chain nat_out {
    type nat hook postrouting priority srcnat; policy accept;
    iifname "wg0" oifname "eth0" masquerade
    ip saddr 10.1.0.0/24 snat ip to 192.168.1.9
    oifname "wg0" snat ip prefix to ip saddr map { 192.168.1.0/24 : 10.77.1.0/24 }
  }
  chain nat_in {
    type nat hook prerouting priority dstnat; policy accept;
    iifname "eth0" udp dport 27015 dnat ip to 10.67.0.2:27016
    iifname "wg0" dnat ip prefix to ip daddr map { 10.77.1.0/24 : 192.168.1.0/24 }
    fib daddr type local tcp dport 80 redirect to :8080
  }
}
table ip wg-quick-wg0 {
  chain preraw {
    type filter hook prerouting priority raw; policy accept;
    iifname != "wg0" ip daddr 10.67.0.3 fib saddr type != local drop
  }
  chain premangle {
    type filter hook prerouting priority mangle; policy accept;
    meta l4proto udp meta mark set ct mark
  }
  chain postmangle {
    type filter hook postrouting priority mangle; policy accept;
    meta l4proto udp meta mark 0x0000ca6c ct mark set meta mark
  }
}
X
nft -j list ruleset > nft.json; nft list ruleset > nft.txt
