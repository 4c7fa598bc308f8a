// Popup below a button: the browser's popover, which closes with Escape or a click elsewhere.
import { type ReactNode, useEffect, useId, useRef, useState } from "react";
import { Icon, type IconName } from "../shared/icons";

interface Props {
  label: string;
  icon: IconName;
  /** Whether the label is written beside the icon where there is room. */
  shows: "label" | "icon";
  children: (close: () => void) => ReactNode;
}

export function Popup({ label, icon, shows, children }: Props) {
  const id = useId();
  const popup = useRef<HTMLDivElement>(null);
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const element = popup.current;
    const toggled = (event: Event) => setOpen((event as ToggleEvent).newState === "open");
    element?.addEventListener("toggle", toggled);
    return () => element?.removeEventListener("toggle", toggled);
  }, []);
  return (
    <div className="popup-place">
      <button
        type="button"
        className={shows === "label" ? "button button-quiet" : "icon-button"}
        popoverTarget={id}
        aria-expanded={open}
        aria-label={label}
        title={label}
      >
        <Icon name={icon} />
        {shows === "label" && <span className="wide-only">{label}</span>}
      </button>
      <div ref={popup} id={id} popover="auto" className="popup" role="group" aria-label={label}>
        {open && children(() => popup.current?.hidePopover())}
      </div>
    </div>
  );
}
