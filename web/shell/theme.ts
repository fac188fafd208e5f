/**
 * Light or dark: as the system has it, unless chosen here.
 */

import { signal } from '@preact/signals';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const THEME_AT = 'wgr-theme';

export const theme = signal<Theme>(kept());
apply(theme.value);

export function setTheme(chosen: Theme): void {
  theme.value = chosen;
  if (chosen === 'system') localStorage.removeItem(THEME_AT);
  else localStorage.setItem(THEME_AT, chosen);
  apply(chosen);
}

function apply(chosen: Theme): void {
  if (chosen === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = chosen;
}

function kept(): Theme {
  const text = localStorage.getItem(THEME_AT);
  return text === 'light' || text === 'dark' ? text : 'system';
}
