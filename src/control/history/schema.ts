/**
 * The tables of the history, as migrations: the nth makes version n out of version n - 1.
 *
 * A migration that was released is never changed; a later version is a new entry. `test/history/` keeps a database of
 * every released version, and a test opens each.
 *
 * Moments are milliseconds since 1970, steps are seconds. Machine 0 stands for the router.
 */

const VERSION_1 = `
-- By key: a machine that is renamed is the same, one that is added later under a name that was free is another.
CREATE TABLE machine (
  id INTEGER PRIMARY KEY,
  public_key TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  gone_at INTEGER,
  -- The relay's counters as they were counted last, and of which relay.
  relay_started_at INTEGER NOT NULL,
  looked_at INTEGER NOT NULL,
  counters TEXT NOT NULL
) STRICT;
CREATE INDEX machine_by_name ON machine (name);

CREATE TABLE traffic (
  step INTEGER NOT NULL,
  machine INTEGER NOT NULL,
  at INTEGER NOT NULL,
  received INTEGER NOT NULL,
  sent INTEGER NOT NULL,
  PRIMARY KEY (step, machine, at)
) STRICT, WITHOUT ROWID;

CREATE TABLE dropped (
  step INTEGER NOT NULL,
  machine INTEGER NOT NULL,
  at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  packets INTEGER NOT NULL,
  PRIMARY KEY (step, machine, at, reason)
) STRICT, WITHOUT ROWID;

-- A machine at one endpoint, without a longer silence in between.
CREATE TABLE stay (
  id INTEGER PRIMARY KEY,
  machine INTEGER NOT NULL,
  endpoint TEXT NOT NULL,
  began_at INTEGER NOT NULL,
  last_at INTEGER NOT NULL,
  handshake_at INTEGER NOT NULL,
  handshakes INTEGER NOT NULL
) STRICT;
CREATE INDEX stay_by_machine ON stay (machine, began_at);
CREATE INDEX stay_by_time ON stay (last_at);

-- The network file as it was, by the SHA-256 of its text; deflated.
CREATE TABLE edition (
  hash TEXT PRIMARY KEY,
  at INTEGER NOT NULL,
  text BLOB NOT NULL
) STRICT;

CREATE TABLE change (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  who TEXT,
  way TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT,
  before TEXT NOT NULL,
  after TEXT NOT NULL
) STRICT;

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  who TEXT,
  way TEXT NOT NULL,
  action TEXT NOT NULL,
  object TEXT,
  outcome TEXT NOT NULL,
  address TEXT
) STRICT;
CREATE INDEX audit_by_time ON audit (at);

CREATE TABLE sign_in (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  who TEXT,
  way TEXT NOT NULL,
  outcome TEXT NOT NULL,
  address TEXT,
  agent TEXT
) STRICT;
CREATE INDEX sign_in_by_time ON sign_in (at);
`;

export const MIGRATIONS: readonly string[] = [VERSION_1];
