/**
 * The views of the page: where each stands, what it is called, who may see it, and the code that it loads when it is
 * opened first.
 */

import type { ComponentType } from 'preact';
import type { Scope } from '../../src/control/http/shape/account.ts';
import type { IconName } from './icons.tsx';

export interface ViewProps {
  /** Segments of the path after the view's own: `['phone']` of `/machines/phone`. */
  readonly rest: readonly string[];
}

export interface View {
  /** First segment of its path; the first view also stands at the root. */
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
  readonly needs: Scope | null;
  readonly load: () => Promise<ComponentType<ViewProps>>;
}

export const VIEWS: readonly View[] = [
  {
    path: 'changes',
    title: 'Changes',
    icon: 'changes',
    needs: 'read',
    load: async () => (await import('../views/changes/changes-view.tsx')).ChangesView,
  },
];
