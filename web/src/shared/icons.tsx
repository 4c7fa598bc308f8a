// Icons: strokes on a grid of 20, in the colour of the text around them.
const PATHS = {
  run: "M6 4.5v11l9-5.5z",
  stop: "M5.5 5.5h9v9h-9z",
  plus: "M10 4.5v11M4.5 10h11",
  close: "m5.5 5.5 9 9m0-9-9 9",
  more: "M4.5 10h.01M10 10h.01M15.5 10h.01",
  share: "M10 12.5v-9m0 0L6.8 6.7M10 3.5l3.2 3.2M4.5 11v5.5h11V11",
  book: "M10 5.5C8.5 4.2 6.2 3.7 3.5 4v11.5c2.7-.3 5 .2 6.5 1.5 1.5-1.3 3.8-1.8 6.5-1.5V4c-2.7-.3-5 .2-6.5 1.5zm0 0V17",
  down: "m5.5 8 4.5 4.5L14.5 8",
  download: "M10 3.5v9m0 0 3.2-3.2M10 12.5 6.8 9.3M4.5 13v3.5h11V13",
  upload: "M10 12.5v-9m0 0L6.8 6.7M10 3.5l3.2 3.2M4.5 13v3.5h11V13",
  pen: "m4.5 15.5.8-3.2 8-8 2.4 2.4-8 8z",
  bin: "M4.5 6h11M8 6V4h4v2m-6 0 .6 10.5h6.8L14 6",
  check: "m4.5 10.5 3.7 3.7 7.3-8",
  alert: "M10 6.5v4.5m0 2.8v.01M10 3l7.5 13.5h-15z",
  clock: "M10 6v4.2l2.6 1.6M17 10a7 7 0 1 1-14 0 7 7 0 0 1 14 0z",
  cursor: "M8 4.5h4M8 15.5h4M10 4.5v11",
  cloudOff: "M6.5 15.5h7a3.5 3.5 0 0 0 2.4-6M5 9.2a3.3 3.3 0 0 0 .5 6.3M8.4 5.3a4.6 4.6 0 0 1 6 3.2M3.5 3.5l13 13",
  bulb: "M7.8 13.2C6 12.3 5 10.7 5 8.8a5 5 0 0 1 10 0c0 1.9-1 3.5-2.8 4.4v1.3H7.8zM8.3 17h3.4",
  arrow: "M4 10h11m0 0-4-4m4 4-4 4",
  enter: "M15.5 5v5.5H5.2m0 0 3.3-3.3m-3.3 3.3 3.3 3.3",
} as const;

export type IconName = keyof typeof PATHS;

const FILLED: readonly IconName[] = ["run", "stop"];

export function Icon({ name }: { name: IconName }) {
  return (
    <svg className="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} fill={FILLED.includes(name) ? "currentColor" : "none"} />
    </svg>
  );
}
