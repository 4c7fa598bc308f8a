// Examples by language, loaded when somebody looks at them.
import * as compiled from "./compiled";
import type { Example } from "./example";
import { javascript, typescript } from "./javascript";
import { python } from "./python";
import * as scripts from "./scripts";

export const EXAMPLES: Readonly<Record<string, readonly Example[]>> = { python, javascript, typescript, ...compiled, ...scripts };
