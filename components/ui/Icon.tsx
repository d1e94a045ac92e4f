import type { IconName } from "./icon-names";

/** One symbol of the sprite; decorative, so a control that shows only an icon needs its own label. */
export function Icon({ name, className }: { name: IconName; className?: string }) {
  return (
    <svg className={className ? `i ${className}` : "i"} aria-hidden="true">
      <use href={`/icons.svg#${name}`} />
    </svg>
  );
}
