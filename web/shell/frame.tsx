/**
 * The frame: who is signed in sees the views, who is not sees the sign-in.
 */

import { type ComponentType, h } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { SelectField } from '../parts/field.tsx';
import { Toasts } from '../parts/toast.tsx';
import { Empty, Waiting } from '../parts/waiting.tsx';
import { account, isSignedIn, needsPassword, signOut } from '../state/account.ts';
import { network } from '../state/network.ts';
import { SignInView } from '../views/sign-in/sign-in-view.tsx';
import { Icon } from './icons.tsx';
import { place } from './place.ts';
import { StateLine } from './state-line.tsx';
import { setTheme, THEMES, type Theme, theme } from './theme.ts';
import { VIEWS, type View, type ViewProps } from './views.ts';

export function Frame() {
  const [first] = place.value.path;
  if (!isSignedIn.value || first === 'sign-in' || needsPassword.value) return <SignInView />;
  return <Views />;
}

function Views() {
  const { path } = place.value;
  const view = VIEWS.find((each) => each.path === (path[0] ?? VIEWS[0]!.path));
  const title = view?.title ?? 'Not here';
  const main = useRef<HTMLElement>(null);
  const shown = useRef(view);
  useEffect(() => {
    const name = network.value.value?.name ?? null;
    document.title = [...(path.length > 1 ? [path.at(-1)] : []), title, name ?? 'wg-router'].join(' · ');
    // Whoever listens hears where they are now; the first view is announced by the browser.
    if (shown.current !== view) main.current?.focus({ preventScroll: true });
    shown.current = view;
  });
  return (
    <div class="frame">
      <a class="skip button" href="#content">
        Skip to content
      </a>
      <Side current={view ?? null} />
      <main id="content" ref={main} tabIndex={-1} class="content">
        <StateLine />
        {view === undefined ? (
          <Empty title="Nothing is here">This address leads to no view. The list of views leads on.</Empty>
        ) : (
          <Shown view={view} rest={path.slice(1)} key={view.path} />
        )}
      </main>
      <Toasts />
    </div>
  );
}

function Shown({ view, rest }: { readonly view: View; readonly rest: readonly string[] }) {
  const [component, setComponent] = useState<{ readonly is: ComponentType<ViewProps> } | null>(null);
  const [isLost, setLost] = useState(false);
  useEffect(() => {
    view.load().then(
      (is) => setComponent({ is }),
      () => setLost(true),
    );
  }, [view]);
  if (account.value !== null && view.needs !== null && !account.value.scopes.includes(view.needs)) {
    return <Empty title="Not for you">This needs the right “{view.needs}”. Ask an admin.</Empty>;
  }
  if (isLost) {
    return (
      <Empty
        title="Cannot load this view"
        action={
          <button type="button" class="button main" onClick={() => location.reload()}>
            Load the page again
          </button>
        }
      >
        The router does not answer, or it was upgraded since this page was opened.
      </Empty>
    );
  }
  return component === null ? <Waiting /> : h(component.is, { rest });
}

function Side({ current }: { readonly current: View | null }) {
  return (
    <header class="side">
      <div class="brand">
        <b>{network.value.value?.name ?? 'wg-router'}</b>
        <span class="small soft">wg-router</span>
      </div>
      <nav aria-label="Views">
        {VIEWS.map((view) => (
          <a key={view.path} href={`/${view.path}`} aria-current={view === current ? 'page' : undefined}>
            <Icon of={view.icon} />
            {view.title}
          </a>
        ))}
      </nav>
      <div class="rest">
        <SelectField
          label="Colours"
          value={theme.value}
          onValue={(value) => setTheme(value as Theme)}
          options={THEMES.map((value) => ({ value, label: THEME_WORDS[value] }))}
        />
        <button type="button" class="button" onClick={() => void signOut()}>
          Sign out
        </button>
      </div>
    </header>
  );
}

const THEME_WORDS: Readonly<Record<Theme, string>> = { system: 'As the system', light: 'Light', dark: 'Dark' };
