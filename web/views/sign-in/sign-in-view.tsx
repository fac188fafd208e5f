/**
 * Signing in: by the link that the terminal printed, or by password and the code of an authenticator; and choosing a
 * password after a link.
 */

import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { SignedInShape } from '../../../src/control/http/shape/account.ts';
import { ask, Refused } from '../../api/ask.ts';
import { Refusal } from '../../parts/diagnostics.tsx';
import { TextField } from '../../parts/field.tsx';
import { Waiting } from '../../parts/waiting.tsx';
import { go, place } from '../../shell/place.ts';
import { account, isSignedIn, needsPassword, signedIn } from '../../state/account.ts';

export function SignInView() {
  const [first] = place.value.path;
  const [link] = useState(() => (first === 'sign-in' ? location.hash.slice(1) : ''));
  // The link stays neither in the address bar nor in the history.
  useEffect(() => {
    document.title = 'Sign in · wg-router';
    if (link !== '') history.replaceState(null, '', '/sign-in');
  }, [link]);
  if (isSignedIn.value && needsPassword.value) return <NewPassword />;
  if (isSignedIn.value && link === '') {
    go('/', { replace: true });
    return null;
  }
  return link === '' ? <ByPassword /> : <ByLink link={link} />;
}

function Alone({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <main class="alone">
      <img src="/icon.svg" alt="" width="48" height="48" />
      <h1>{title}</h1>
      {children}
    </main>
  );
}

function ByLink({ link }: { readonly link: string }) {
  const [refused, setRefused] = useState<Refused | null>(null);
  useEffect(() => {
    void attempt(async () => {
      await signedIn(await ask<SignedInShape>('POST', '/sign-in/link', { body: { link } }));
      if (!needsPassword.value) go('/', { replace: true });
    }, setRefused);
  }, [link]);
  return (
    <Alone title="Signing in">
      {refused === null ? (
        <Waiting what="One moment" />
      ) : (
        <>
          <Refusal of={refused} />
          <p>
            A link signs in once, within 15 minutes. <code>wg-router page link</code> on the router prints another.
          </p>
          <a class="button" href="/sign-in" onClick={() => location.assign('/sign-in')}>
            Sign in by password
          </a>
        </>
      )}
    </Alone>
  );
}

function ByPassword() {
  const [isFirst, setFirst] = useState(false);
  const [name, setName] = useState('admin');
  const [password, setPassword] = useState('');
  const [code, setCode] = useState('');
  const [asksCode, setAsksCode] = useState(false);
  const [refused, setRefused] = useState<Refused | null>(null);
  const [isBusy, setBusy] = useState(false);
  useEffect(() => {
    void attempt(async () => setFirst((await ask<{ isFirst: boolean }>('GET', '/sign-in')).isFirst), setRefused);
  }, []);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    setBusy(true);
    await attempt(
      async () => {
        const body = { name, password, ...(code === '' ? {} : { code }) };
        await signedIn(await ask<SignedInShape>('POST', '/sign-in/password', { body }));
        if (place.value.path[0] === 'sign-in') go('/', { replace: true });
      },
      (error) => {
        setAsksCode(asksCode || error?.code === 'code-missing' || error?.code === 'code-wrong');
        setRefused(error?.code === 'code-missing' && !asksCode ? null : error);
      },
    );
    setBusy(false);
  };

  return (
    <Alone title="Sign in">
      {isFirst && (
        <div class="notice">
          <p>
            Nobody has a password yet. <code>wg-router up</code> printed a link that signs in;{' '}
            <code>wg-router page link</code> prints another.
          </p>
        </div>
      )}
      <form class="stack" onSubmit={submit}>
        <TextField label="Name" value={name} onValue={setName} input={{ autoComplete: 'username', required: true }} />
        <TextField
          label="Password"
          type="password"
          value={password}
          onValue={setPassword}
          input={{ autoComplete: 'current-password', required: true }}
        />
        {asksCode && (
          <TextField
            label="Code of your authenticator"
            value={code}
            onValue={setCode}
            input={{ autoComplete: 'one-time-code', inputMode: 'numeric', pattern: '[0-9]{6}', autoFocus: true }}
          />
        )}
        <Refusal of={refused} />
        <button type="submit" class="button main" disabled={isBusy}>
          Sign in
        </button>
      </form>
    </Alone>
  );
}

function NewPassword() {
  const [password, setPassword] = useState('');
  const [refused, setRefused] = useState<Refused | null>(null);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    void attempt(async () => {
      await ask('PUT', '/account/password', { body: { password } });
      needsPassword.value = false;
      go('/', { replace: true });
    }, setRefused);
  };
  return (
    <Alone title="Choose a password">
      <p>You will sign in with it from now on. The link has done its work.</p>
      <form class="stack" onSubmit={submit}>
        <input
          type="text"
          class="visually-hidden"
          autoComplete="username"
          value={account.value?.name ?? ''}
          readOnly
          tabIndex={-1}
          aria-hidden="true"
        />
        <TextField
          label="Password"
          hint="Ten characters or more."
          type="password"
          value={password}
          onValue={setPassword}
          input={{ autoComplete: 'new-password', minLength: 10, required: true }}
        />
        <Refusal of={refused} />
        <button type="submit" class="button main">
          Keep this password
        </button>
      </form>
    </Alone>
  );
}

async function attempt(doing: () => Promise<void>, refusedBy: (refused: Refused | null) => void): Promise<void> {
  try {
    refusedBy(null);
    await doing();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    refusedBy(error);
  }
}
