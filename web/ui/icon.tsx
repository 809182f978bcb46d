import type { JSX } from 'preact';

const paths = {
  back: 'M15 5l-7 7 7 7',
  camera:
    'M4 8.5A1.5 1.5 0 0 1 5.5 7H8l1.5-2.5h5L16 7h2.5A1.5 1.5 0 0 1 20 8.5v9a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5zM12 16.2a3.4 3.4 0 1 0 0-6.8 3.4 3.4 0 0 0 0 6.8z',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  checks: 'M2.5 12.5l4.5 4.500L16.5 7.500M12.5 16.500l.5.5L22 8',
  clock: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM12 7.5V12l3 2',
  close: 'M6 6l12 12M18 6L6 18',
  copy: 'M9 9h9.500v10.500H9zM6 15H5V4.500h9.500V6',
  compose: 'M4.5 19.5h4l10.4-10.4a2 2 0 0 0 0-2.8l-1.2-1.2a2 2 0 0 0-2.8 0L4.5 15.5zM13.5 6.5l4 4',
  down: 'M6 9.5l6 6 6-6',
  edit: 'M4.5 19.500l1-4L16 5a2 2 0 0 1 3 3L8.5 18.500z',
  flip: 'M4 12a8 8 0 0 1 13.7-5.6L20 8.5M20 4v4.5h-4.5M20 12a8 8 0 0 1-13.7 5.6L4 15.5M4 20v-4.5h4.5',
  group:
    'M9 11.5a3.5 3.5 0 1 0 0-7 3.5 3.5 0 0 0 0 7zM2.5 19.5c.5-3.4 3-5.3 6.5-5.3s6 1.9 6.5 5.3M16 5.2a3.3 3.3 0 0 1 0 6.4M18 14.6c2 .7 3.2 2.4 3.5 4.9',
  info: 'M12 11v5.500M12 7.500h.01M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16z',
  key: 'M14.5 13.500a4.5 4.5 0 1 0-4-4L4.5 15.500v4h3.500v-2.500h2.500v-2.500zM16 8h.01',
  more: 'M6 12h.01M12 12h.01M18 12h.01',
  once: 'M12 20a8 8 0 1 0-8-8M4 12a8 8 0 0 0 8 8M10.5 9.500L12.5 8v8',
  opened: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16z',
  picture:
    'M5.5 5h13A1.5 1.5 0 0 1 20 6.5v11a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 4 17.5v-11A1.5 1.5 0 0 1 5.5 5zM4.5 17l5-5.5 4 4 2.5-2.5 4 4M15.5 9.5h.01',
  react: 'M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16zM9 10h.01M15 10h.01M8.5 13.800c1.8 2.6 5.2 2.6 7 0',
  reply: 'M9.5 6.500L4.5 11.500l5 5M5 11.500h8.500c3.5 0 6 2 6 6',
  retry: 'M19.5 12a7.5 7.5 0 1 1-2.2-5.300L19.5 9M19.5 4.5V9H15',
  search: 'M10.5 17a6.5 6.5 0 1 0 0-13 6.5 6.5 0 0 0 0 13zM15.5 15.5L20 20',
  seen: 'M2.5 12S6 6 12 6s9.5 6 9.5 6-3.5 6-9.5 6-9.5-6-9.5-6zM12 14.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5z',
  send: 'M5 12h13M12.5 5.5L19 12l-6.5 6.5',
  signout: 'M14 4.5H7A1.5 1.5 0 0 0 5.5 6v12A1.5 1.5 0 0 0 7 19.5h7M11 12h9M16.5 8.5L20 12l-3.5 3.5',
  trash: 'M5 7h14M10 7V4.500h4V7M7 7l.8 12.500h8.400L17 7M10.5 10.500v5.500M13.5 10.500v5.5',
  warning: 'M12 8.5v4.5M12 16.5h.01M12 20a8 8 0 1 0 0-16 8 8 0 0 0 0 16z',
} as const;

export type IconName = keyof typeof paths;

/** A line icon in the colour of the text around it; what it means is said by its button's label. */
export function Icon({ name, size = 24 }: { name: IconName; size?: number }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 24 24" width={size} height={size} aria-hidden="true" focusable="false">
      <path d={paths[name]} />
    </svg>
  );
}
