/**
 * The pictures beside the names of views. Decoration: the name always stands beside them.
 */

const PATHS = {
  map: 'M12 12 5 6m7 6 7-6m-7 6v7M12 14.5a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5ZM5 7.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm14 0a2 2 0 1 0 0-4 2 2 0 0 0 0 4Zm-7 13.5a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z',
  machines: 'M4 5h16v10H4zM9 19h6m-3-4v4',
  lans: 'M4 11 12 4l8 7v9H4zM9.5 20v-6h5v6',
  reachability: 'M4 4h16v16H4zM4 9.3h16M4 14.7h16M9.3 4v16M14.7 4v16',
  doctor: 'M12 5v14M5 12h14M4 8.5V15a5 5 0 0 0 5 5h6a5 5 0 0 0 5-5V9a5 5 0 0 0-5-5H9a5 5 0 0 0-5 4.5Z',
  file: 'M6 3h8l4 4v14H6zM14 3v4h4M9 12h6m-6 4h6',
  changes: 'M12 7v5l3.5 2M4.5 9A8 8 0 1 1 4 12m.5-7v4h4',
  account: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8Zm-7.5 8.5a7.5 7.5 0 0 1 15 0',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ of }: { readonly of: IconName }) {
  return (
    <svg
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      stroke-width="1.8"
      stroke-linejoin="round"
      stroke-linecap="round"
      aria-hidden="true"
    >
      <path d={PATHS[of]} />
    </svg>
  );
}
