// Notice: a title, a text and perhaps something to do, for states that are empty or have failed.
import type { ReactNode } from "react";
import { Icon, type IconName } from "./icons";

interface Props {
  tone: "plain" | "good" | "warn" | "bad";
  icon: IconName;
  title: string;
  children?: ReactNode;
}

export function Notice({ tone, icon, title, children }: Props) {
  return (
    <section className={`notice notice-${tone}`}>
      <h2 className="notice-title">
        <Icon name={icon} />
        {title}
      </h2>
      {children}
    </section>
  );
}
