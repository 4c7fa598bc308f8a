// Names for the types of the API that the pages use.
import type { components } from "./schema";

type Schemas = components["schemas"];

export type ClientFrame = Schemas["ClientFrame"];
export type StartFrame = Extract<ClientFrame, { type: "start" }>;
export type ServerFrame = Schemas["ServerFrame"];
export type StreamEvent = Schemas["StreamEvent"];
export type Result = Schemas["ResultBody"];
export type Help = Schemas["HelpBody"];
export type Artifact = Schemas["ArtifactBody"];
export type ApiProblem = Schemas["ProblemDetails"];
export type Language = Schemas["LanguageBody"];
export type Languages = Schemas["LanguagesBody"];
export type Accepted = Schemas["AcceptedBody"];
export type SubmittedFile = Schemas["FileBody"];
export type SignalName = Schemas["SignalName"];
