import { Icon } from "@/components/ui/Icon";
import type { PaletteItem } from "./palette-items";

interface PaletteOptionProps {
  id: string;
  item: PaletteItem;
  text: string;
  selected: boolean;
  /** The group's name above its first item. */
  heading: string | null;
  onOpen: () => void;
  onPoint: () => void;
}

export function PaletteOption({ id, item, text, selected, heading, onOpen, onPoint }: PaletteOptionProps) {
  return (
    <>
      {heading ? (
        <div className="nav-h" role="presentation">
          {heading}
        </div>
      ) : null}
      <div
        id={id}
        role="option"
        className="option"
        aria-selected={selected}
        aria-disabled={item.reason ? true : undefined}
        onClick={onOpen}
        onPointerMove={onPoint}
      >
        <Icon name={item.icon} />
        <span className="clip">
          <Marked words={item.label} text={text} />
        </span>
        <span className="push clip">{item.aside}</span>
      </div>
    </>
  );
}

/** The words with what was searched for set apart. */
function Marked({ words, text }: { words: string; text: string }) {
  const wanted = text.trim().toLowerCase();
  const at = wanted === "" ? -1 : words.toLowerCase().indexOf(wanted);
  if (at < 0) return words;
  return (
    <>
      {words.slice(0, at)}
      <mark>{words.slice(at, at + wanted.length)}</mark>
      {words.slice(at + wanted.length)}
    </>
  );
}
