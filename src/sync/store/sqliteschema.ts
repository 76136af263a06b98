/** The tables of a store in SQLite. A file is known by its application id, and its format by its user version. */

/** "ZCST", in the file's head (SQLite's file format, §1.3). */
export const APPLICATION = 0x5a435354;
/** What this zonecast reads and writes. */
export const FORMAT = 1;

/**
 * Heads stand apart from the entries that history keeps, so that a follower reads what has changed along one index.
 * Blobs stand apart from their digests, as SQLite writes a whole row anew when its time is changed.
 */
export const TABLES = `
create table meta (epoch text not null, history integer not null, trust text not null);
create table entries (revision integer primary key, zone text not null, octets blob not null);
create index entries_by_zone on entries (zone, revision);
create table heads (zone text primary key, revision integer not null) without rowid;
create index heads_by_revision on heads (revision);
create table blobs (sha256 text primary key, at integer not null, body integer not null) without rowid;
create table bodies (body integer primary key, octets blob not null);
create table reports (pop text primary key, seq integer not null unique, octets blob not null);
create table ledger (line integer primary key autoincrement, zone text not null, octets blob not null);
create index ledger_by_zone on ledger (zone, line);
`;

/**
 * Stores made before there were orders get the table when somebody writes to them. It raises no format: who does not know
 * it does not need it.
 */
export const ORDERS_TABLE = `
create table if not exists orders (line integer primary key autoincrement, pop text not null, octets blob not null);
create index if not exists orders_by_pop on orders (pop, line);
`;
