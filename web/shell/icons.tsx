/**
 * The pictures beside the names of views. Decoration: the name always stands beside them.
 */

const PATHS = {
  changes: 'M12 7v5l3.5 2M4.5 9A8 8 0 1 1 4 12m.5-7v4h4',
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
