// Network state: whether the device has a network, as far as the browser knows.
import { useSyncExternalStore } from "react";

export type Network = "online" | "offline";

function subscribe(changed: () => void) {
  addEventListener("online", changed);
  addEventListener("offline", changed);
  return () => {
    removeEventListener("online", changed);
    removeEventListener("offline", changed);
  };
}

export function useNetwork(): Network {
  const online = useSyncExternalStore(subscribe, () => navigator.onLine, () => true);
  return online ? "online" : "offline";
}
