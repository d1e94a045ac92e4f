"use client";

import { useRouter } from "next/navigation";
import { useEffect, useId, useRef, useState, type KeyboardEvent } from "react";
import { Icon } from "@/components/ui/Icon";
import { pageItems, type PaletteItem, type PaletteScope } from "./palette-items";
import { PaletteOption } from "./PaletteOption";
import { useSearch } from "./use-search";

/** Finds pages, clusters, snapshots, people and actions; what the reader may not do is listed with the role it needs. */
export function Palette({ scope, onClose }: { scope: PaletteScope; onClose: () => void }) {
  const router = useRouter();
  const listId = useId();
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState("");
  const [at, setAt] = useState(0);
  const found = useSearch(scope.organization?.id ?? null, text);
  const items = [...found, ...pageItems(scope, text)];
  const chosen = items[Math.min(at, items.length - 1)];

  useEffect(() => {
    const element = dialog.current;
    element?.showModal();
    return () => element?.close();
  }, []);

  function open(item: PaletteItem | undefined) {
    if (!item || item.reason) return;
    onClose();
    router.push(item.href);
  }

  function onKey(event: KeyboardEvent) {
    const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter") {
      event.preventDefault();
      open(chosen);
    }
    if (move === undefined || items.length === 0) return;
    event.preventDefault();
    setAt((Math.min(at, items.length - 1) + move + items.length) % items.length);
  }

  return (
    <dialog
      ref={dialog}
      className="palette"
      aria-label="Search or jump to"
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => event.target === dialog.current && onClose()}
    >
      <label>
        <Icon name="search" />
        <span className="sr">Search or jump to</span>
        <input
          autoFocus
          role="combobox"
          aria-expanded="true"
          aria-controls={listId}
          aria-activedescendant={chosen ? optionId(listId, chosen) : undefined}
          placeholder="Search or jump to"
          value={text}
          onChange={(event) => {
            setText(event.target.value);
            setAt(0);
          }}
          onKeyDown={onKey}
        />
        <kbd>Esc</kbd>
      </label>
      <div className="results" role="listbox" id={listId} aria-label="Results">
        {items.map((item, index) => (
          <PaletteOption
            key={item.key}
            id={optionId(listId, item)}
            item={item}
            text={text}
            selected={item === chosen}
            heading={items[index - 1]?.group === item.group ? null : item.group}
            onOpen={() => open(item)}
            onPoint={() => setAt(index)}
          />
        ))}
        {items.length === 0 ? (
          <p className="panel-b t3">Nothing found. Try a name, or the beginning of an id.</p>
        ) : null}
      </div>
      <div className="palette-f">
        <span>
          <kbd>↑</kbd> <kbd>↓</kbd> choose
        </span>
        <span>
          <kbd>Enter</kbd> open
        </span>
        <span className="push" role="status">
          {items.length}
        </span>
      </div>
    </dialog>
  );
}

const optionId = (listId: string, item: PaletteItem) => `${listId}-${item.key.replaceAll(/[^\w-]/g, "_")}`;
