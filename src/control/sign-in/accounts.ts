/**
 * Signing in and out, people and tokens: every rule about who is who. What a request may do with that is the routes'.
 */

import { createHmac, timingSafeEqual } from 'node:crypto';
import type { NetworkPaths } from '../paths.ts';
import { stepOfCode } from './one-time-code.ts';
import type { Passkey } from './passkey.ts';
import { Passwords } from './password.ts';
import { newSecret, secretHash, secretId } from './secret.ts';
import { type Link, type Person, type Session, SignInFile, type SignInState, type Token } from './sign-in-file.ts';

/** The first person, who is made with the first link. */
export const FIRST_PERSON = 'admin';
export const LINK_MS = 15 * 60_000;
const SESSION_MS = 14 * 24 * 3_600_000;
/** How long after a link a password may be set without saying the old one. */
export const FRESH_MS = 15 * 60_000;
const MOST_SESSIONS = 20;
const MOST_LINKS = 20;
export const MOST_PEOPLE = 100;
export const MOST_TOKENS = 200;
const TOKEN_PREFIX = 'wgr_';

/** Of the browser that signs in. */
export interface Browser {
  readonly address: string | null;
  readonly agent: string | null;
}

export interface NewSession {
  readonly person: Person;
  readonly cookie: string;
  readonly token: string;
  readonly expiresAt: number;
}

export type SignInRefusal = 'sign-in-wrong' | 'code-missing' | 'code-wrong' | 'link-used' | 'passkey-wrong';

export class Accounts {
  readonly #file: SignInFile;
  readonly #now: () => number;
  readonly #passwords: Passwords;

  constructor(paths: NetworkPaths, now: () => number = Date.now, passwords = new Passwords()) {
    this.#passwords = passwords;
    this.#file = new SignInFile(paths);
    this.#now = now;
  }

  state(): SignInState {
    return this.#file.read();
  }

  /** Whether nobody has a password or passkey yet: then only a link signs in. */
  isFirst(): boolean {
    return !this.state().people.some(({ password, passkeys }) => password !== null || passkeys.length > 0);
  }

  person(name: string): Person | null {
    return this.state().people.find((each) => each.name === name) ?? null;
  }

  /** A link for `name`, to be shown once; the person is made, as an admin, when there is none of that name. */
  async makeLink(name: string): Promise<{ readonly link: string; readonly expiresAt: number }> {
    const link = newSecret();
    const now = this.#now();
    const expiresAt = now + LINK_MS;
    await this.#file.change((state) => {
      const people = state.people.some((each) => each.name === name)
        ? state.people
        : [...state.people, newPerson(name, 'admin', now)];
      const links = state.links.filter((each) => each.expiresAt > now).slice(-MOST_LINKS + 1);
      return {
        state: { ...state, people, links: [...links, { hash: secretHash(link), person: name, expiresAt }] },
        result: null,
      };
    });
    return { link, expiresAt };
  }

  /** Uses a link up. */
  async signInByLink(link: string, browser: Browser): Promise<NewSession | SignInRefusal> {
    const hash = secretHash(link);
    const now = this.#now();
    // Looked at without the lock first: rubbish must not make anything be written.
    if (!this.state().links.some((each) => isOpen(each, hash, now))) return 'link-used';
    return await this.#file.change((state): { state: SignInState; result: NewSession | SignInRefusal } => {
      const found = state.links.find((each) => isOpen(each, hash, now));
      const person = state.people.find(({ name }) => name === found?.person);
      const rest = { ...state, links: state.links.filter((each) => each.hash !== hash && each.expiresAt > now) };
      if (person === undefined) return { state: rest, result: 'link-used' };
      return withSession(rest, person, browser, now, true);
    });
  }

  async signInByPassword(
    { name, password, code }: { readonly name: string; readonly password: string; readonly code?: string },
    browser: Browser,
  ): Promise<NewSession | SignInRefusal> {
    const before = this.person(name);
    if (!(await this.#passwords.isRight(password, before?.password ?? null)) || before === null) return 'sign-in-wrong';
    if (before.code !== null && code === undefined) return 'code-missing';
    const now = this.#now();
    return await this.#file.change((state): { state: SignInState; result: NewSession | SignInRefusal } => {
      const person = state.people.find((each) => each.name === name);
      // Changed while we computed.
      if (person === undefined || person.password !== before.password) return { state, result: 'sign-in-wrong' };
      if (person.code === null) return withSession(state, person, browser, now, false);
      const step = code === undefined ? null : stepOfCode(code, person.code.secret, now, person.code.lastStep);
      if (step === null) return { state, result: code === undefined ? 'code-missing' : 'code-wrong' };
      const used: Person = { ...person, code: { ...person.code, lastStep: step } };
      return withSession(withPerson(state, used), used, browser, now, false);
    });
  }

  /** Signs in whoever has this passkey. `counterOf`: its counter when it was used rightly, else null. */
  async signInByPasskey(
    id: string,
    counterOf: (passkey: Passkey) => number | null,
    browser: Browser,
  ): Promise<NewSession | SignInRefusal> {
    const now = this.#now();
    const ownerIn = (state: SignInState) =>
      state.people.find(({ passkeys }) => passkeys.some((passkey) => passkey.id === id)) ?? null;
    // Looked at without the lock first: rubbish must not make anything be written.
    if (ownerIn(this.state()) === null) return 'passkey-wrong';
    return await this.#file.change((state): { state: SignInState; result: NewSession | SignInRefusal } => {
      const person = ownerIn(state);
      const passkey = person?.passkeys.find((each) => each.id === id);
      const counter = passkey === undefined ? null : counterOf(passkey);
      if (person === null || counter === null) return { state, result: 'passkey-wrong' };
      const passkeys = person.passkeys.map((each) => (each.id === id ? { ...each, counter } : each));
      const used: Person = { ...person, passkeys };
      return withSession(withPerson(state, used), used, browser, now, false);
    });
  }

  /** The session with this cookie, while it lasts and its person is there. */
  session(cookie: string): { readonly session: Session; readonly person: Person } | null {
    const hash = secretHash(cookie);
    const session = this.state().sessions.find((each) => each.hash === hash);
    if (session === undefined || session.expiresAt <= this.#now()) return null;
    const person = this.person(session.person);
    return person === null ? null : { session, person };
  }

  token(text: string): Token | null {
    const hash = secretHash(text);
    const token = this.state().tokens.find((each) => each.hash === hash);
    return token === undefined || (token.expiresAt !== null && token.expiresAt <= this.#now()) ? null : token;
  }

  /** Ends sessions: the one with this id, or all of a person but one. */
  async endSessions(person: string, which: { readonly id: string } | { readonly but: string | null }): Promise<number> {
    return await this.#file.change((state) => {
      const sessions = state.sessions.filter((each) => {
        if (each.person !== person) return true;
        return 'id' in which ? sessionId(each) !== which.id : each.hash === which.but;
      });
      return { state: { ...state, sessions }, result: state.sessions.length - sessions.length };
    });
  }

  /** Sets a password; every other session of the person ends. */
  async setPassword(name: string, password: string, keptSession: string | null): Promise<void> {
    const hash = await this.#passwords.hash(password);
    await this.#file.change((state) => {
      const person = state.people.find((each) => each.name === name) ?? newPerson(name, 'admin', this.#now());
      const changed = withPerson(state, { ...person, password: hash });
      const sessions = changed.sessions
        .filter((each) => each.person !== name || each.hash === keptSession)
        .map((each) => (each.hash === keptSession ? { ...each, byLink: false } : each));
      return {
        state: { ...changed, sessions, links: changed.links.filter((each) => each.person !== name) },
        result: null,
      };
    });
  }

  async isPasswordOf(name: string, password: string): Promise<boolean> {
    return await this.#passwords.isRight(password, this.person(name)?.password ?? null);
  }

  /** The authenticator of a person; null takes it away. */
  async setCode(name: string, code: Person['code']): Promise<void> {
    await this.changePerson(name, (person) => ({ ...person, code }));
  }

  /** Changes a person, or with null removes them and all that is theirs. False when there is none of that name. */
  async changePerson(name: string, change: (person: Person) => Person | null): Promise<boolean> {
    return await this.#file.change((state) => {
      const person = state.people.find((each) => each.name === name);
      if (person === undefined) return { state, result: false };
      const changed = change(person);
      if (changed !== null) return { state: withPerson(state, changed), result: true };
      const isOthers = (each: { readonly person: string }) => each.person !== name;
      return {
        state: {
          ...state,
          people: state.people.filter((each) => each.name !== name),
          sessions: state.sessions.filter(isOthers),
          links: state.links.filter(isOthers),
          tokens: state.tokens.filter((each) => each.createdBy !== name),
        },
        result: true,
      };
    });
  }

  /** Adds a person; false when there is one of that name, or no room. */
  async addPerson(name: string, role: Person['role']): Promise<boolean> {
    return await this.#file.change((state) => {
      if (state.people.length >= MOST_PEOPLE || state.people.some((each) => each.name === name)) {
        return { state, result: false };
      }
      return { state: { ...state, people: [...state.people, newPerson(name, role, this.#now())] }, result: true };
    });
  }

  /** Makes a token, to be shown once; null when there is no room. */
  async makeToken(
    token: Pick<Token, 'note' | 'scopes' | 'createdBy' | 'expiresAt'>,
  ): Promise<{ readonly id: string; readonly token: string } | null> {
    const secret = `${TOKEN_PREFIX}${newSecret()}`;
    const hash = secretHash(secret);
    const id = secretId(hash);
    const isMade = await this.#file.change((state) => {
      if (state.tokens.length >= MOST_TOKENS) return { state, result: false };
      return {
        state: { ...state, tokens: [...state.tokens, { ...token, id, hash, createdAt: this.#now() }] },
        result: true,
      };
    });
    return isMade ? { id, token: secret } : null;
  }

  async removeToken(id: string): Promise<boolean> {
    return await this.#file.change((state) => {
      const tokens = state.tokens.filter((each) => each.id !== id);
      return { state: { ...state, tokens }, result: tokens.length < state.tokens.length };
    });
  }

  /** A mark for a browser that `person` has signed in with: it ends with their password. */
  browserMark(person: Person): string {
    const nonce = newSecret();
    return `${person.name}.${nonce}.${this.#browserMac(person, nonce)}`;
  }

  /** The browser that the mark was given to, when it is one of `name`'s. */
  browserOf(mark: string | null, name: string): string | null {
    const [marked, nonce, mac] = (mark ?? '').split('.');
    const person = this.person(name);
    if (marked !== name || person === null || nonce === undefined || mac === undefined) return null;
    const expected = Buffer.from(this.#browserMac(person, nonce));
    const given = Buffer.from(mac);
    return given.length === expected.length && timingSafeEqual(given, expected) ? nonce : null;
  }

  #browserMac({ name, password }: Person, nonce: string): string {
    return createHmac('sha256', this.state().secret).update(`${name} ${nonce} ${password}`).digest('base64url');
  }
}

/** By this a session is shown and ended. */
export function sessionId({ hash }: Session): string {
  return secretId(hash);
}

function isOpen(link: Link, hash: string, now: number): boolean {
  return link.hash === hash && link.expiresAt > now;
}

function newPerson(name: string, role: Person['role'], createdAt: number): Person {
  return { name, role, password: null, code: null, passkeys: [], createdAt };
}

function withPerson(state: SignInState, person: Person): SignInState {
  const isKnown = state.people.some(({ name }) => name === person.name);
  const people = state.people.map((each) => (each.name === person.name ? person : each));
  return { ...state, people: isKnown ? people : [...people, person] };
}

function withSession(
  state: SignInState,
  person: Person,
  { address, agent }: Browser,
  now: number,
  byLink: boolean,
): { state: SignInState; result: NewSession } {
  const [cookie, token] = [newSecret(), newSecret()];
  const expiresAt = now + SESSION_MS;
  const session: Session = {
    hash: secretHash(cookie),
    tokenHash: secretHash(token),
    person: person.name,
    byLink,
    createdAt: now,
    expiresAt,
    address,
    agent: agent?.slice(0, 200) ?? null,
  };
  const open = state.sessions.filter((each) => each.expiresAt > now);
  const others = open.filter((each) => each.person !== person.name);
  const own = open.filter((each) => each.person === person.name).slice(-MOST_SESSIONS + 1);
  return {
    state: { ...state, sessions: [...others, ...own, session] },
    result: { person, cookie, token, expiresAt },
  };
}
