// Generated from docs/openapi.json by `npm run api`. Do not edit.

export interface paths {
    "/": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The home page.
         * @description The web application, with an editor to try a program. Its content is readable without JavaScript.
         */
        get: operations["home"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/execution/artifacts/{id}/{name}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A file that a program left behind.
         * @description Submit with `"artifacts": true`, and the result lists the files that the program has written or changed, each with its
         *     address. Names may have folders in them. An anonymous job's files may be read by whoever holds its id, those of any
         *     other by its owner only. They are kept as long as the result.
         */
        get: operations["artifact"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/execution/batch": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run many programs.
         * @description Takes many submissions, each as in a request of its own. The answer has an entry for each, in their order: what a
         *     submission alone would be answered with 202, or the problem for which it was refused; one that is refused does not
         *     concern the others. Each counts as one against limits and for the room in the queue. All together may be as large as
         *     one submission alone.
         *
         *     With the header `Idempotency-Key`, sending the same request again gives the same jobs, and tries again what was refused.
         *     `GET /api/execution/results` reads the results of many jobs.
         */
        post: operations["submitBatch"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/execution/queue/stats": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Queue statistics.
         * @description How many jobs wait and run, by pool and priority, and what serves them. Numbers only: nothing of anybody's job.
         */
        get: operations["queueStats"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/execution/result/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Result of a job.
         * @description The job as it is now; with `?wait=SECONDS`, as it is once it has ended, or after that time. An anonymous job may be
         *     read by whoever holds its id, any other by its owner only.
         */
        get: operations["result"];
        put?: never;
        post?: never;
        /**
         * Delete a result.
         * @description The job's record is deleted with its code, input and output, and all files that it has left behind; its idempotency key is
         *     free again. What operators see of its attempts has none of these, and is kept as long as ever. A job that has not ended is
         *     refused: cancel it first. From then on the job is not found, by this route either, so sending the request again does no
         *     harm: a client whose answer was lost may take 404 as done. Whoever still follows the job sees its stream end.
         */
        delete: operations["deleteResult"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/execution/results": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Results of many jobs.
         * @description The jobs as they are now, in the order in which they are asked for. What is not there, or not the caller's, is named in
         *     `unknown`. The length of an answer is bounded, but it always has one job: the ids of others are in `left`, to be asked for again.
         */
        get: operations["results"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/execution/session": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Hold a live session.
         * @description A `WebSocket` with a JSON object in each text frame, each with a `type`. The client begins, within ten seconds, with
         *     `start`: the fields of a submission (`SubmitBody`), and `pty` with `cols` and `rows` if the program is to have a
         *     terminal. Then it may send `stdin` with `text` (and `encoding`, `base64` for bytes that are no text), `eof`, `resize` with `cols` and `rows`, `signal` with a `name`, and `stop`.
         *     The server says `queued`, `started`, `output`, `draw` and `artifact` for pictures, and at last `finished` with the whole result, and closes. What it does not
         *     understand it answers with `error` and a `problem`; one before the start, or that keeps the program from running, is
         *     followed by the end.
         *
         *     A client that hangs up ends its program. So does one that types nothing to a program that writes nothing for two minutes
         *     (`reason` is then `wallLimit`, and `explanation` says so), and the time on the clock, ten minutes unless `wallMs` asks for
         *     less. A session is a job: its id is in `queued`, and its result can be read later.
         */
        get: operations["session"];
        put?: never;
        /**
         * Start a live session without a `WebSocket`.
         * @description For networks that block `WebSocket`s. The body is that of a `start` frame: a submission, and `pty` if the program is to have a
         *     terminal. The answer is that to a submission. Then open `/api/execution/stream/{id}`, which brings output as it is written, and
         *     send input to `/api/execution/{id}/stdin`. The session lasts as long as a stream of it is open, and 20 s longer, so that a client
         *     that lost its connection can come back; then its program is ended. `DELETE /api/execution/{id}` stops it.
         */
        post: operations["startSession"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/execution/stream/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Follow a job.
         * @description Server-sent events, each with an `id` that grows: `queued` with the `position` and what the job waits for besides its turn, `started` with the `attempt`, `output`
         *     with `stream` and `text` as the program writes it, `draw` and `artifact` of a session that draws and shows images, and at last `finished` with the whole result. A grading has no
         *     `output` but a `test` for each test that was run, with its `index`, whether it `passed`, and whether it is `hidden`: of a public
         *     test when it has been judged, of all hidden ones together when the last has been, so that none can be timed.
         *     A client that lost the connection goes on where it was by sending the last id as `Last-Event-ID`, which browsers do by
         *     themselves. A comment every 15 s keeps proxies awake.
         *
         *     The stream of a live session keeps it alive: without one, or a `WebSocket`, its program ends after 20 s.
         *
         *     A second `started` means that the worker was lost and the program runs again: output and tests before it are void.
         */
        get: operations["stream"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/execution/submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a program.
         * @description Answers 202 as soon as the job is safely recorded; from then on it will end with exactly one result, even if the
         *     server is killed. With `?wait=SECONDS` the answer is 200 with the result if it is there in time. Read the result
         *     later at the address in `Location`, or follow the job as it runs at `/api/execution/stream/{id}`.
         *
         *     With the header `Idempotency-Key`, sending the same request again gives the same job instead of a second one.
         */
        post: operations["submit"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/execution/submit/grade": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Grade a program.
         * @description Judges it by all tests of a problem, hidden ones included. As for a plain run, the answer is 202 as soon as the job is
         *     safely recorded, or 200 with the result where `?wait=SECONDS` sees it in time, and `Idempotency-Key` guards against sending
         *     twice. `/api/execution/stream/{id}` tells each public test as it is passed or not, and hidden ones together at the end.
         *
         *     The result lists every test in the problem's order: what it was given, what should have come and what came of those that
         *     everybody may see; of a hidden one only whether it was passed. `time` and `mostUsed` are of public tests alone; `startedAt` and `finishedAt` tell how long
         *     all took together. What is judged is the problem as it is now.
         */
        post: operations["grade"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/execution/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        post?: never;
        /**
         * Cancel a job.
         * @description A job that waits is cancelled at once. One that runs is told to stop, which takes a moment: read its result, or
         *     follow its stream, to see it end. What it had written by then is in its result.
         */
        delete: operations["cancel"];
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/execution/{id}/eof": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * End the input of a live session.
         * @description As the frame `eof`: no more input. In a terminal this presses Ctrl-D. The request has no body.
         */
        post: operations["sessionEof"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/execution/{id}/resize": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Resize the terminal of a live session.
         * @description As the frame `resize`.
         */
        post: operations["sessionResize"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/execution/{id}/signal": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Send a signal to a live session.
         * @description As the frame `signal`: to the foreground process group of the terminal; without a terminal, to that of the program.
         */
        post: operations["sessionSignal"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/execution/{id}/stdin": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Type input into a live session.
         * @description For sessions without a `WebSocket`, from everybody who may follow the job's stream. The answer comes when the program's worker
         *     has the input; before the program has its turn, that takes as long as it waits, at most a minute. Send the next input after the
         *     answer: requests that are under way together may be exchanged.
         */
        post: operations["sessionStdin"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/languages": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Languages.
         * @description Every language that this installation knows, with the versions that its workers have, a first program, its options, and the
         *     limits of a run in it. One that no
         *     worker has is listed as unavailable, with the reason.
         */
        get: operations["languages"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/problems": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Problems.
         * @description The problems that programs can be judged by, in the order of their numbers, a page at a time: `?after=` the last number gets
         *     the next.
         */
        get: operations["problems"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/problems/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * One problem.
         * @description By id, slug or number, with its statement, starter code and the tests that everybody may see.
         */
        get: operations["problem"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/problems/{id}/hints/{number}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * One hint.
         * @description Hints come in steps: the first one says least, and the last one most. Ask for the next one when the ones before did not help.
         *     `hintCount` of the problem says how many there are. It is a `POST`, since asking for a hint is something that somebody does.
         */
        post: operations["hint"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/shares": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Share a program.
         * @description Stores the program with its input under a key that cannot be guessed. Anybody who has the key can read it, at
         *     `/api/shares/{key}` or as a page at `url`, until it expires. It is checked like a submission and not run.
         */
        post: operations["share"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/shares/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a shared program.
         * @description Anybody who knows the key may read it, until it expires. `/s/{key}` shows it as a page.
         */
        get: operations["sharedProgram"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/submit": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Run a program, by a shorter address.
         * @description The same as `POST /api/execution/submit`.
         */
        post: operations["submitAlias"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/submit/grade": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Grade a program, by a shorter address.
         * @description The same as `POST /api/execution/submit/grade`.
         */
        post: operations["gradeAlias"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Is it alive?
         * @description Answers as long as the process does. Whether it takes work is told by `/ready`.
         */
        get: operations["health"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/openapi.json": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * This document.
         * @description The description of the API in the OpenAPI format, for generators of clients. `/docs` shows it as a page.
         */
        get: operations["openapi"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Can it serve?
         * @description Answers 200 once a test program has been run successfully, and 503 with the reason before that, when test programs fail
         *     later, and while shutting down.
         */
        get: operations["ready"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/s/{key}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * The page of a shared program.
         * @description The web application with the program, which is readable without JavaScript.
         */
        get: operations["sharePage"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @description An accepted submission that is not finished yet. */
        AcceptedBody: {
            /**
             * Format: uuid
             * @description The job's id. The id of an anonymous job gives access to its result.
             * @example 0192d3a4-5b6c-7d8e-9f01-23456789abcd
             */
            jobId: string;
            /**
             * Format: int64
             * @description Position in the queue, 1 is next; null once it runs.
             * @example 3
             */
            position: number | null;
            /** @description Its state. */
            status: components["schemas"]["JobStatusName"];
            /** @description Additional reason for waiting; absent if there is none. */
            waitingFor?: components["schemas"]["WaitReason"];
        };
        /** @description A file that the program wrote. */
        ArtifactBody: {
            /**
             * Format: int64
             * @description Its size in bytes.
             * @example 1234
             */
            bytes: number;
            /**
             * @description Its path below the work folder. Untrusted: never use it as a local path without validation.
             * @example plot.png
             */
            name: string;
            /**
             * @description Its media type, guessed from its name.
             * @example image/png
             */
            type: string;
            /**
             * @description The URL of its bytes.
             * @example /api/execution/artifacts/0192d3a4-5b6c-7d8e-9f01-23456789abcd/plot.png
             */
            url: string;
        };
        BTreeMap: {
            [key: string]: string | string[];
        };
        /** @description Programs to run, each with the fields of a single submission. */
        BatchBody: {
            /** @description One submission or more. */
            submissions: components["schemas"]["SubmitBody"][];
        };
        /** @description One submission of a batch: accepted with a `jobId`, or refused with the `type` of a problem. */
        BatchItemBody: components["schemas"]["AcceptedBody"] | components["schemas"]["ProblemDetails"];
        /** @description The results of accepting a batch. */
        BatchResponseBody: {
            /** @description One entry for each submission, in their order. */
            submissions: components["schemas"]["BatchItemBody"][];
        };
        /** @description A running job that is being cancelled. */
        CancellingBody: {
            /**
             * Format: uuid
             * @description The job's id.
             * @example 0192d3a4-5b6c-7d8e-9f01-23456789abcd
             */
            jobId: string;
            /** @description Always `cancelling`; the status of its result becomes `cancelled` soon. */
            status: components["schemas"]["CancellingStatus"];
        };
        /**
         * @description The status of a running job that is being cancelled.
         * @enum {string}
         */
        CancellingStatus: "cancelling";
        /** @description A frame from the client. The first one is `start`. */
        ClientFrame: ({
            /** @description Its command-line arguments. At most 64 arguments of at most 4096 bytes each, and 98304 bytes together. */
            args?: string[] | null;
            /** @description Whether to keep the files that the program writes. */
            artifacts?: boolean | null;
            /**
             * @description The program, as one file. This or `files` is required. At most 262144 bytes.
             * @example print(input())
             */
            code?: string | null;
            /** @description The program as files; the first is the main one. Together with `code`, these are additional files. At most 20 files, with `code`, of at most 1048576 bytes each. */
            files?: components["schemas"]["FileBody"][] | null;
            /**
             * @description Id or alias of a language; `GET /api/languages` lists them.
             * @example python
             */
            language: string;
            limits?: components["schemas"]["LimitsBody"] | null;
            network?: components["schemas"]["NetworkName"] | null;
            options?: components["schemas"]["BTreeMap"] | null;
            priority?: components["schemas"]["PriorityName"] | null;
            problemId?: components["schemas"]["ProblemRef"] | null;
            pty?: components["schemas"]["TerminalBody"] | null;
            /**
             * @description Standard input. At most 1048576 bytes.
             * @example hi
             */
            stdin?: string | null;
            stdinEncoding?: components["schemas"]["Encoding"] | null;
            /** @enum {string} */
            type: "start";
            /**
             * @description Required version of its toolchain, as a semantic version requirement.
             * @example >=3.10
             */
            version?: string | null;
            webhook?: components["schemas"]["WebhookBody"] | null;
        } & ({
            code: string;
        } | {
            files: components["schemas"]["FileBody"][];
        })) | {
            encoding?: components["schemas"]["Encoding"] | null;
            /**
             * @description The input, at most 65,536 bytes in a frame.
             * @example Ada
             */
            text: string;
            /** @enum {string} */
            type: "stdin";
        } | {
            /** @enum {string} */
            type: "eof";
        } | {
            /**
             * Format: int64
             * @description Characters in a line, 1 to 1000.
             * @example 80
             */
            cols: number;
            /**
             * Format: int64
             * @description Lines, 1 to 1000.
             * @example 24
             */
            rows: number;
            /** @enum {string} */
            type: "resize";
        } | {
            /** @description The signal. */
            name: components["schemas"]["SignalName"];
            /** @enum {string} */
            type: "signal";
        } | {
            /** @enum {string} */
            type: "stop";
        };
        /** @description The compilation. */
        CompileBody: {
            /**
             * Format: int64
             * @description CPU time, in milliseconds.
             * @example 41
             */
            cpuMs: number;
            /** @description Whether there is a program to run. */
            ok: boolean;
            /** @description The compiler's output. */
            output: string;
            /** @description `base64` if `output` is not UTF-8; absent otherwise. */
            outputEncoding?: components["schemas"]["Encoding"];
            /**
             * Format: int64
             * @description Wall time, in milliseconds.
             * @example 52
             */
            wallMs: number;
        };
        /** @description Data of `draw`: the program changed its drawing, a stack of items with ids. */
        DrawData: {
            /**
             * @description The commands, to be applied in this order. Each is an array of a name and arguments: `["line", id, [x, y, …], colour, width]`,
             *     `["dot", id, x, y, diameter, colour]`, `["polygon", id, [x, y, …], fill, outline, width]`, `["text", id, x, y, text, colour,
             *     anchor, family, size, style]`, `["image", id, x, y, name, width, height]`, `["top", id]`, `["delete", id]`, `["clear"]`,
             *     `["size", width, height]`, `["bg", colour]`, `["title", text]`, `["time", ms]`, `["limit", name]` or `["listen", keys,
             *     clicks]`. Coordinates are pixels from the centre, y downwards; colours are `#rrggbb`, or empty for none.
             * @example [
             *       [
             *         "line",
             *         1,
             *         [
             *           0,
             *           0,
             *           100,
             *           0
             *         ],
             *         "#000000",
             *         1
             *       ]
             *     ]
             */
            commands: unknown[][];
        };
        /**
         * @description Encoding of bytes in a JSON string.
         * @enum {string}
         */
        Encoding: "utf8" | "base64";
        /** @description An invalid field of a request. */
        FieldError: {
            /**
             * @description Its path in the body: `limits.cpuMs`, `files[2].name`.
             * @example limits.cpuMs
             */
            field: string;
            /**
             * @description The error, as a phrase that follows the name of the field.
             * @example must be between 1 and 10000
             */
            message: string;
        };
        /** @description One file of a program. */
        FileBody: {
            /**
             * @description Its content, in `encoding`.
             * @example 1 2 3
             */
            content: string;
            encoding?: components["schemas"]["Encoding"] | null;
            /**
             * @description Its path below the work folder, such as `data.txt` or `pkg/a.py`: with `/` between folders, and no part that begins with a
             *     dot. At most 255 bytes and 8 folders.
             * @example pkg/a.py
             */
            name: string;
        };
        /**
         * @description A program to judge, as `code` or as `files`. Input, arguments and limits come from the problem.
         * @example {
         *       "code": "n = int(input())\ncents = sum(int(input()) for _ in range(n))\nprint(f\"{cents // 100}.{cents % 100:02}\")\n",
         *       "language": "python",
         *       "problemId": "cake-sale"
         *     }
         */
        GradeBody: {
            /**
             * @description The program, as one file. This or `files` is required. At most 262144 bytes.
             * @example print(sum(map(int, input().split())))
             */
            code?: string | null;
            /** @description The program as files; the first is the main one. Together with `code`, these are additional files. At most 20 files, with `code`, of at most 1048576 bytes each. */
            files?: components["schemas"]["FileBody"][] | null;
            /**
             * @description Id or alias of a language that the problem allows.
             * @example python
             */
            language: string;
            network?: components["schemas"]["NetworkName"] | null;
            options?: components["schemas"]["BTreeMap"] | null;
            priority?: components["schemas"]["PriorityName"] | null;
            /** @description The problem, by number, slug or id; `GET /api/problems` lists them. */
            problemId: components["schemas"]["ProblemRef"];
            /**
             * @description Required version of its toolchain, as a semantic version requirement.
             * @example >=3.10
             */
            version?: string | null;
            webhook?: components["schemas"]["WebhookBody"] | null;
        } & ({
            code: string;
        } | {
            files: components["schemas"]["FileBody"][];
        });
        /** @description Liveness: the process responds. */
        HealthBody: {
            /** @description Always `ok`. */
            status: components["schemas"]["HealthStatus"];
            /**
             * @description The version of Code Runner.
             * @example 0.1.0
             */
            version: string;
        };
        /**
         * @description The status of a live process.
         * @enum {string}
         */
        HealthStatus: "ok";
        /** @description Help with a mistake in a program, written for learners. It stands beside the original message and never replaces it. */
        HelpBody: {
            /**
             * @description The kind of mistake, the same in every language. New kinds may be added.
             * @example missing-colon
             */
            code: string;
            /**
             * Format: int32
             * @description The first character that is meant; null if the whole line is.
             * @example 12
             */
            column: number | null;
            /**
             * Format: int32
             * @description The character after the last one that is meant; null if the whole line is.
             * @example 14
             */
            endColumn: number | null;
            /**
             * @description The file of the submission that the places are in, without its folders.
             * @example main.py
             */
            file: string;
            /**
             * @description The language of the three texts (BCP 47).
             * @example en
             */
            lang: string;
            /**
             * Format: int32
             * @description The line.
             * @example 2
             */
            line: number;
            /**
             * @description The step to try next.
             * @example Write `:` at the end of the line.
             */
            next: string;
            /** @description Other places that belong to the mistake. */
            related: components["schemas"]["PlaceBody"][];
            /**
             * @description One to three sentences on the cause.
             * @example The line with `if` must end with a colon `:`.
             */
            text: string;
            /**
             * @description The mistake in a few words. Code stands in backticks, here and in the next two.
             * @example The colon is missing
             */
            title: string;
        };
        /**
         * @description The result of a hidden test.
         * @example {
         *       "hidden": true,
         *       "passed": false
         *     }
         */
        HiddenTestBody: {
            /** @description Always true. */
            hidden: boolean;
            /** @description Whether it was passed. */
            passed: boolean;
        };
        /** @description A hint of a problem. */
        HintBody: {
            /**
             * @description Number of hints of the problem.
             * @example 3
             */
            count: number;
            /**
             * @description Its text as sanitized HTML.
             * @example <p>Both numbers are on one line.</p>
             */
            html: string;
            /**
             * @description Its number, from 1.
             * @example 1
             */
            number: number;
        };
        /** @description Data of `artifact`: the program shows an image. */
        ImageData: {
            /**
             * @description Its bytes in base64.
             * @example iVBORw0KGgo=
             */
            content: string;
            /**
             * @description Its media type, from its first bytes.
             * @example image/png
             */
            contentType: string;
            /**
             * @description Its file name. Untrusted: never use it as a local path without validation.
             * @example figure-1.png
             */
            name: string;
        };
        /**
         * @description The kind of work of a job.
         * @enum {string}
         */
        JobKindName: "run" | "grade";
        /**
         * @description The state of a job.
         * @enum {string}
         */
        JobStatusName: "queued" | "processing" | "completed" | "failed" | "cancelled";
        /** @description One language. */
        LanguageBody: {
            /**
             * @description Other accepted values of `language`.
             * @example [
             *       "py",
             *       "python3"
             *     ]
             */
            aliases: string[];
            /** @description Whether programs in it can run here. */
            available: boolean;
            /** @description The limits of a run that requests none. */
            defaultLimits: components["schemas"]["LanguageLimitsBody"];
            /**
             * @description File name extensions, without the dot.
             * @example [
             *       "py"
             *     ]
             */
            extensions: string[];
            /**
             * @description An example program.
             * @example print("Hello, world!")
             */
            hello: string;
            /**
             * @description The value of `language` in submissions.
             * @example python
             */
            id: string;
            /** @description Popular libraries installed for its newest version, beyond the standard library. */
            libraries: components["schemas"]["LibraryBody"][];
            /**
             * @description The file name of a program that is sent as `code`.
             * @example main.py
             */
            mainFile: string;
            /**
             * @description The maximum of each limit that a run may request. A run with much memory or many processors may need another pool, with other
             *     limits.
             */
            maximumLimits: components["schemas"]["LanguageLimitsBody"];
            /**
             * @description Its display name.
             * @example Python
             */
            name: string;
            /** @description The options that a submission may set. */
            options: components["schemas"]["OptionBody"][];
            /** @description The reason why not; null if available. */
            reason: string | null;
            /**
             * @description The toolchain of that version as it names itself; null if none is known.
             * @example CPython 3.11.2
             */
            toolchain: string | null;
            /**
             * @description The newest version that a worker has; null if none is known.
             * @example 3.11.2
             */
            version: string | null;
            /**
             * @description All versions that workers have, newest first; `version` in a submission selects from them.
             * @example [
             *       "3.11.2"
             *     ]
             */
            versions: string[];
        };
        /** @description The limits of a run in a language. */
        LanguageLimitsBody: {
            /**
             * Format: int64
             * @description CPU time of the whole process tree, in milliseconds.
             * @example 2000
             */
            cpuMs: number;
            /**
             * Format: double
             * @description CPU bandwidth: a number of processors.
             * @example 0.5
             */
            cpus: number;
            /**
             * Format: int64
             * @description Peak memory of the whole process tree, in bytes.
             * @example 134217728
             */
            memoryBytes: number;
            /**
             * Format: int64
             * @description Bytes of standard output, and separately of standard error.
             * @example 1048576
             */
            outputBytes: number;
            /**
             * Format: int64
             * @description Processes and threads at the same time.
             * @example 50
             */
            processes: number;
            /**
             * Format: int64
             * @description Wall time, in milliseconds.
             * @example 10000
             */
            wallMs: number;
        };
        /** @description Response of `GET /api/languages`. */
        LanguagesBody: {
            /** @description All known languages, including those that cannot run here. */
            languages: components["schemas"]["LanguageBody"][];
        };
        /** @description A library that programs can use. */
        LibraryBody: {
            /**
             * @description Its name.
             * @example numpy
             */
            name: string;
            /**
             * @description Its version.
             * @example 1.24.2
             */
            version: string;
        };
        /** @description Limits that a client may set. */
        LimitsBody: {
            /**
             * Format: int64
             * @description CPU time of the whole process tree, in milliseconds.
             * @example 5000
             */
            cpuMs?: number | null;
            /**
             * Format: double
             * @description CPU bandwidth: a number of processors, to the thousandth. It is not enforced in the first moments of a run, so that a short program
             *     is not delayed. Default 0.5; compilers have the value of their language.
             * @example 0.5
             */
            cpus?: number | null;
            /**
             * Format: int64
             * @description Peak memory of the whole process tree, in bytes.
             * @example 134217728
             */
            memoryBytes?: number | null;
            /**
             * Format: int64
             * @description Bytes of standard output, and separately of standard error.
             * @example 1048576
             */
            outputBytes?: number | null;
            /**
             * Format: int64
             * @description Processes and threads at the same time.
             * @example 50
             */
            processes?: number | null;
            /**
             * Format: int64
             * @description Wall time, in milliseconds.
             * @example 10000
             */
            wallMs?: number | null;
        };
        /**
         * @description Load shedding: the priorities that are refused.
         * @enum {string}
         */
        LoadShedding: "none" | "low" | "normal";
        /**
         * @description The network of a program. None reaches beyond the program.
         * @enum {string}
         */
        NetworkName: "none" | "loopback";
        /** @description An option of a language. */
        OptionBody: {
            /**
             * @description Its purpose.
             * @example The standard of C++ that the program is written in.
             */
            about: string;
            /**
             * @description The default value; null if there is none.
             * @example c++20
             */
            default: string | null;
            /**
             * @description Its name in `options`.
             * @example std
             */
            name: string;
            /**
             * @description Whether it accepts a list of values.
             * @example false
             */
            several: boolean;
            /**
             * @description The accepted values.
             * @example [
             *       "c++17",
             *       "c++20"
             *     ]
             */
            values: string[];
        };
        /** @description Data of `output`. */
        OutputData: {
            /** @description The output stream. */
            stream: components["schemas"]["StreamName"];
            /**
             * @description The output as text; bytes that are not UTF-8 are replaced here and complete in the result.
             * @example Hello
             */
            text: string;
        };
        /** @description The maximum of each quantity over the runs of the public tests. */
        PeakUsageBody: {
            /**
             * Format: int64
             * @description CPU time of the whole process tree, in milliseconds.
             * @example 3
             */
            cpuMs: number;
            /**
             * Format: int64
             * @description Peak memory of the whole process tree, in bytes.
             * @example 9437184
             */
            memoryBytes: number;
            /**
             * Format: int64
             * @description Wall time, in milliseconds.
             * @example 4
             */
            wallMs: number;
        };
        /** @description A place in a source file; lines and columns are counted from 1. */
        PlaceBody: {
            /**
             * Format: int32
             * @description The first character that is meant; null if the whole line is.
             * @example 12
             */
            column: number | null;
            /**
             * Format: int32
             * @description The character after the last one that is meant; null if the whole line is.
             * @example 14
             */
            endColumn: number | null;
            /**
             * Format: int32
             * @description The line.
             * @example 2
             */
            line: number;
        };
        /** @description One pool's queue. */
        PoolBody: {
            /**
             * Format: int64
             * @description Waiting time of the oldest waiting job.
             * @example 120
             */
            oldestWaitMs: number;
            /** @description The pool. */
            pool: components["schemas"]["PoolName"];
            /**
             * Format: int64
             * @description Jobs claimed by a worker.
             * @example 2
             */
            running: number;
            /**
             * Format: int64
             * @description Jobs that these workers can run at the same time.
             * @example 16
             */
            slots: number;
            /** @description Jobs waiting to be claimed. */
            waiting: components["schemas"]["QueueLengthsBody"];
            /**
             * Format: int64
             * @description Workers of the pool.
             * @example 2
             */
            workers: number;
        };
        /**
         * @description The pool of a job, by isolation.
         * @enum {string}
         */
        PoolName: "container" | "microvm" | "trusted";
        /**
         * @description The priority of a submission.
         * @enum {string}
         */
        PriorityName: "low" | "normal" | "high";
        /** @description A problem. */
        ProblemBody: {
            /**
             * @description `11-14` or `15-18`; null if unknown.
             * @example 11-14
             */
            ageGroup: string | null;
            /**
             * @description `easy`, `medium` or `hard`; null if unknown.
             * @example easy
             */
            difficulty: string | null;
            /**
             * @description Number of hidden tests.
             * @example 5
             */
            hiddenTestCount: number;
            /**
             * @description Number of hints.
             * @example 3
             */
            hintCount: number;
            /**
             * Format: uuid
             * @description Its id.
             * @example 3a0c7c0e-3b57-4a4c-8f8a-0f3a6f0b7d11
             */
            id: string;
            /**
             * @description Ids of the allowed and available languages.
             * @example [
             *       "python",
             *       "javascript"
             *     ]
             */
            languages: string[];
            /** @description Limits of each run; null ones come from the language. */
            limits: components["schemas"]["ProblemLimitsBody"];
            /**
             * Format: int64
             * @description Its permanent number.
             * @example 42
             */
            number: number;
            /**
             * @description Number of public tests.
             * @example 2
             */
            publicTestCount: number;
            /** @description The public tests; long input and output is truncated. */
            publicTests: components["schemas"]["ProblemTestBody"][];
            /**
             * @description Its name in URLs.
             * @example add-two
             */
            slug: string;
            /**
             * @description Starter code by language.
             * @example {
             *       "python": "def add(a, b):\n    pass\n"
             *     }
             */
            starterCode: {
                [key: string]: string;
            };
            /**
             * @description The statement as sanitized HTML.
             * @example <p>Write a function that adds.</p>
             */
            statementHtml: string;
            /** @description Its way of running tests. */
            style: components["schemas"]["TestStyleName"];
            /**
             * @description Keywords.
             * @example [
             *       "functions"
             *     ]
             */
            tags: string[];
            /**
             * @description Its title.
             * @example Add two numbers
             */
            title: string;
        };
        /** @description An error response (RFC 9457). */
        ProblemDetails: {
            /**
             * @description The error and its remedy, for people.
             * @example limits.cpuMs must be between 1 and 10000.
             */
            detail: string;
            /** @description The invalid fields; absent for other errors. */
            errors?: components["schemas"]["FieldError"][];
            /**
             * @description The id of the request, as in the header `X-Request-ID`; quote it in support requests.
             * @example 0192d3a4-5b6c-7d8e-9f01-23456789abcd
             */
            requestId?: string;
            /**
             * Format: int32
             * @description The HTTP status.
             * @example 422
             */
            status: number;
            /**
             * @description The type in a few words.
             * @example The request is not valid
             */
            title: string;
            /**
             * @description The type of the problem: a stable identifier for programs.
             * @example urn:coderunner:invalid-request
             */
            type: string;
        };
        /** @description The limits of a run. */
        ProblemLimitsBody: {
            /**
             * Format: int64
             * @description CPU time, in milliseconds.
             * @example 2000
             */
            cpuMs: number | null;
            /**
             * Format: int64
             * @description Memory, in bytes.
             * @example 134217728
             */
            memoryBytes: number | null;
            /**
             * Format: int64
             * @description Output, in bytes.
             * @example 1048576
             */
            outputBytes: number | null;
        };
        /** @description A problem, by number, or by id or slug. */
        ProblemRef: number | string;
        /** @description A problem in a list. */
        ProblemSummaryBody: {
            /**
             * @description `11-14` or `15-18`; null if unknown.
             * @example 11-14
             */
            ageGroup: string | null;
            /**
             * @description `easy`, `medium` or `hard`; null if unknown.
             * @example easy
             */
            difficulty: string | null;
            /**
             * @description Number of hidden tests.
             * @example 5
             */
            hiddenTestCount: number;
            /**
             * Format: uuid
             * @description Its id.
             * @example 3a0c7c0e-3b57-4a4c-8f8a-0f3a6f0b7d11
             */
            id: string;
            /**
             * @description Ids of the allowed and available languages.
             * @example [
             *       "python",
             *       "javascript"
             *     ]
             */
            languages: string[];
            /** @description Limits of each run; null ones come from the language. */
            limits: components["schemas"]["ProblemLimitsBody"];
            /**
             * Format: int64
             * @description Its permanent number.
             * @example 42
             */
            number: number;
            /**
             * @description Number of public tests.
             * @example 2
             */
            publicTestCount: number;
            /**
             * @description Its name in URLs.
             * @example add-two
             */
            slug: string;
            /** @description Its way of running tests. */
            style: components["schemas"]["TestStyleName"];
            /**
             * @description Keywords.
             * @example [
             *       "functions"
             *     ]
             */
            tags: string[];
            /**
             * @description Its title.
             * @example Add two numbers
             */
            title: string;
        };
        /** @description A public test. */
        ProblemTestBody: {
            /**
             * @description The expected output.
             * @example 3
             */
            expected: string;
            /** @description `base64` if `expected` is not UTF-8; absent otherwise. */
            expectedEncoding?: components["schemas"]["Encoding"];
            /**
             * @description The input of the program; for function calls, the call.
             * @example 1 2
             */
            input: string;
            /** @description `base64` if `input` is not UTF-8; absent otherwise. */
            inputEncoding?: components["schemas"]["Encoding"];
            /**
             * @description Its name.
             * @example 1
             */
            name: string;
        };
        /** @description Response of `GET /api/problems`. */
        ProblemsBody: {
            /**
             * Format: int64
             * @description The value of `?after=` for the next page; null on the last page.
             * @example 100
             */
            next: number | null;
            /** @description The problems, by number. */
            problems: components["schemas"]["ProblemSummaryBody"][];
        };
        /** @description The result of a public test. Long input and output is truncated. */
        PublicTestBody: {
            /**
             * Format: int64
             * @description CPU time, in milliseconds; null if it was not run.
             * @example 2
             */
            cpuMs: number | null;
            /** @description The differences, line by line. */
            diff?: string;
            /**
             * @description The expected output.
             * @example 3
             */
            expected: string;
            /** @description `base64` if `expected` is not UTF-8; absent otherwise. */
            expectedEncoding?: components["schemas"]["Encoding"];
            /**
             * @description Explanation of a limit, a crash or a missing module, in plain words.
             * @example The program was stopped: it used more than 2 s of CPU time.
             */
            explanation?: string;
            /**
             * @description The actual output.
             * @example 3
             */
            got: string;
            /** @description `base64` if `got` is not UTF-8; absent otherwise. */
            gotEncoding?: components["schemas"]["Encoding"];
            /** @description The problem's hint for submissions that fail this test. */
            hint?: string;
            /**
             * @description The input of the program; for function calls, the call.
             * @example 1 2
             */
            input: string;
            /** @description `base64` if `input` is not UTF-8; absent otherwise. */
            inputEncoding?: components["schemas"]["Encoding"];
            /**
             * Format: int64
             * @description Peak memory, in bytes; null if it was not run.
             * @example 9437184
             */
            memoryBytes: number | null;
            /**
             * @description The difference to the expected output, in a sentence.
             * @example Line 1, column 1: expected "3", got "4"
             */
            message?: string;
            /**
             * @description Its name.
             * @example 1
             */
            name: string;
            /** @description Whether it was passed. */
            passed: boolean;
            /**
             * Format: double
             * @description Its points; absent if the problem has none.
             */
            score?: number;
            /** @description The message of the problem's validator. */
            teamMessage?: string;
            verdict: components["schemas"]["VerdictName"] | null;
            /**
             * Format: int64
             * @description Wall time, in milliseconds; null if it was not run.
             * @example 3
             */
            wallMs: number | null;
        };
        /** @description Response of `GET /api/execution/queue/stats`. */
        QueueBody: {
            /**
             * Format: int64
             * @description Jobs in the dead-letter queue: their workers died too often.
             */
            deadLetters: number;
            /** @description One entry for each pool that has a worker or a job. */
            pools: components["schemas"]["PoolBody"][];
            /** @description The priorities that are refused at the moment. */
            shedding: components["schemas"]["LoadShedding"];
        };
        /** @description Waiting jobs by priority. */
        QueueLengthsBody: {
            /**
             * Format: int64
             * @description High priority.
             */
            high: number;
            /**
             * Format: int64
             * @description Low priority.
             */
            low: number;
            /**
             * Format: int64
             * @description Normal priority.
             */
            normal: number;
        };
        /** @description Data of `queued`. */
        QueuedData: {
            /**
             * Format: int64
             * @description Position in the queue; 1 is next.
             * @example 3
             */
            position: number;
            /** @description Additional reason for waiting; absent if there is none. */
            waitingFor?: components["schemas"]["WaitReason"];
        };
        /** @description Readiness: the server accepts requests. */
        ReadinessBody: {
            /** @description Degraded features of this installation. */
            notes: string[];
            /** @description Always `ready`; a server that is not ready responds with status 503 and a problem with the reason. */
            status: components["schemas"]["ReadinessStatus"];
        };
        /**
         * @description The status of a ready server.
         * @enum {string}
         */
        ReadinessStatus: "ready";
        /** @description A job and, once it is finished, its result. */
        ResultBody: {
            /** @description Files that the program wrote, if requested. They are kept as long as the result. */
            artifacts: components["schemas"]["ArtifactBody"][];
            /**
             * Format: int32
             * @description Number of attempts; above 1 only if a worker died.
             * @example 1
             */
            attempt: number;
            compile: components["schemas"]["CompileBody"] | null;
            /** @description The reason why the job failed, if its status is `failed`: a fault of the platform or a refusal, never a verdict. Null otherwise. */
            error: string | null;
            /**
             * @description Explanation of a limit, a crash, a missing module or omitted files, in plain words; null if there is nothing to explain. In a
             *     grading each public test has its own.
             */
            explanation: string | null;
            /**
             * Format: date-time
             * @description The time of its end; null before that.
             * @example 2026-03-01T09:30:00.281Z
             */
            finishedAt: string | null;
            help: components["schemas"]["HelpBody"] | null;
            /**
             * Format: uuid
             * @description The job's id.
             * @example 0192d3a4-5b6c-7d8e-9f01-23456789abcd
             */
            jobId: string;
            /** @description Plain run or grading. */
            kind: components["schemas"]["JobKindName"];
            /**
             * @description Id of its language.
             * @example python
             */
            language: string;
            /**
             * Format: double
             * @description The maximum of points; null if unbounded.
             * @example 100
             */
            maxScore?: number | null;
            mostUsed?: components["schemas"]["PeakUsageBody"] | null;
            /** @description Probable mistakes in a program that ended well: it runs, and perhaps does not do what was meant. */
            notices: components["schemas"]["HelpBody"][];
            /**
             * @description Standard output and standard error in order of arrival; the compiler's if the compilation failed. They are two pipes, so writes
             *     to both at nearly the same time may arrive in either order; writes to one keep their order.
             * @example hi
             */
            output: string;
            /** @description `base64` if `output` is not UTF-8; absent otherwise. */
            outputEncoding?: components["schemas"]["Encoding"];
            /**
             * Format: double
             * @description `passed` of `total` in percent, to two decimals.
             * @example 75
             */
            passRate?: number;
            /**
             * Format: int32
             * @description Number of passed tests, hidden ones included.
             * @example 3
             */
            passed?: number;
            /** @description The pool that runs it. */
            pool: components["schemas"]["PoolName"];
            run: components["schemas"]["RunBody"] | null;
            /**
             * Format: double
             * @description The points; for problems without points, the passed tests in percent.
             * @example 75
             */
            score?: number;
            /**
             * Format: date-time
             * @description The start of its latest attempt; null before that.
             * @example 2026-03-01T09:30:00.252Z
             */
            startedAt: string | null;
            /** @description Its state. */
            status: components["schemas"]["JobStatusName"];
            /**
             * Format: date-time
             * @description The time of acceptance (RFC 3339).
             * @example 2026-03-01T09:30:00.250Z
             */
            submittedAt: string;
            /** @description Every test, in the problem's order. */
            testResults?: components["schemas"]["TestResultBody"][];
            /**
             * Format: int64
             * @description Wall time of the run, in milliseconds; for a grading, the maximum over its public tests; null if there was none.
             * @example 4
             */
            time: number | null;
            /**
             * @description The toolchain that ran it; null before that.
             * @example CPython 3.11.2
             */
            toolchain: string | null;
            /**
             * Format: int32
             * @description Number of tests, hidden ones included.
             * @example 4
             */
            total?: number;
            /** @description The verdict on the whole submission. */
            verdict?: components["schemas"]["VerdictName"];
        };
        /** @description The results of many jobs. */
        ResultsBody: {
            /**
             * @description The ids of jobs that did not fit into the response: request them again.
             * @example []
             */
            left: string[];
            /** @description The current state of the jobs, in the requested order. */
            results: components["schemas"]["ResultBody"][];
            /**
             * @description The ids of jobs that do not exist or do not belong to the caller.
             * @example [
             *       "0192d3a4-5b6c-7d8e-9f01-23456789abce"
             *     ]
             */
            unknown: string[];
        };
        /** @description The run. */
        RunBody: {
            /**
             * Format: int64
             * @description CPU time of the whole process tree, in milliseconds.
             * @example 3
             */
            cpuMs: number;
            /**
             * Format: int32
             * @description The exit code; null unless it exited by itself.
             * @example 0
             */
            exitCode: number | null;
            /**
             * @description The system call that it was stopped for, by its name in Linux; omitted unless `reason` is `forbiddenCall`, and if the
             *     kernel of the machine cannot report it.
             * @example ptrace
             */
            forbiddenCall?: string;
            /**
             * Format: int64
             * @description Peak memory of the whole process tree, in bytes.
             * @example 9437184
             */
            memoryBytes: number;
            /** @description The cause of its end. */
            reason: components["schemas"]["RunReason"];
            /**
             * @description The name of the signal that killed it; null unless `reason` is `signalled`.
             * @example null
             */
            signal: string | null;
            /**
             * @description Standard error, up to the limit.
             * @example
             */
            stderr: string;
            /** @description `base64` if `stderr` is not UTF-8; absent otherwise. */
            stderrEncoding?: components["schemas"]["Encoding"];
            /** @description Whether standard error exceeded the limit. */
            stderrTruncated: boolean;
            /**
             * @description Standard output, up to the limit.
             * @example hi
             */
            stdout: string;
            /** @description `base64` if `stdout` is not UTF-8; absent otherwise. */
            stdoutEncoding?: components["schemas"]["Encoding"];
            /** @description Whether standard output exceeded the limit. */
            stdoutTruncated: boolean;
            /**
             * Format: int64
             * @description Time for which the CPU bandwidth limit (`limits.cpus`) throttled it, in milliseconds, summed over processors.
             * @example 0
             */
            throttledMs: number;
            /**
             * Format: int64
             * @description Wall time, in milliseconds.
             * @example 4
             */
            wallMs: number;
        };
        /**
         * @description The cause of the end of a run.
         * @enum {string}
         */
        RunReason: "exited" | "signalled" | "cpuLimit" | "wallLimit" | "memoryLimit" | "outputLimit" | "processLimit" | "diskLimit" | "forbiddenCall";
        /** @description A frame from the server. */
        ServerFrame: {
            /**
             * Format: uuid
             * @description The job's id: its result can be read later, as that of every job.
             */
            jobId: string;
            /**
             * Format: int64
             * @description Position in the queue; 1 is next.
             * @example 3
             */
            position: number;
            /** @enum {string} */
            type: "queued";
            /** @description Additional reason for waiting; absent if there is none. */
            waitingFor?: components["schemas"]["WaitReason"];
        } | {
            /**
             * Format: uuid
             * @description The job's id.
             */
            jobId: string;
            /** @enum {string} */
            type: "started";
        } | {
            /** @description The output stream. */
            stream: components["schemas"]["StreamName"];
            /**
             * @description The output as text; bytes that are not UTF-8 are replaced here and complete in the result.
             * @example Hello
             */
            text: string;
            /** @enum {string} */
            type: "output";
        } | {
            /**
             * @description The commands, to be applied in this order. Each is an array of a name and arguments: `["line", id, [x, y, …], colour, width]`,
             *     `["dot", id, x, y, diameter, colour]`, `["polygon", id, [x, y, …], fill, outline, width]`, `["text", id, x, y, text, colour,
             *     anchor, family, size, style]`, `["image", id, x, y, name, width, height]`, `["top", id]`, `["delete", id]`, `["clear"]`,
             *     `["size", width, height]`, `["bg", colour]`, `["title", text]`, `["time", ms]`, `["limit", name]` or `["listen", keys,
             *     clicks]`. Coordinates are pixels from the centre, y downwards; colours are `#rrggbb`, or empty for none.
             * @example [
             *       [
             *         "line",
             *         1,
             *         [
             *           0,
             *           0,
             *           100,
             *           0
             *         ],
             *         "#000000",
             *         1
             *       ]
             *     ]
             */
            commands: unknown[][];
            /** @enum {string} */
            type: "draw";
        } | {
            /**
             * @description Its bytes in base64.
             * @example iVBORw0KGgo=
             */
            content: string;
            /**
             * @description Its media type, from its first bytes.
             * @example image/png
             */
            contentType: string;
            /**
             * @description Its file name. Untrusted: never use it as a local path without validation.
             * @example figure-1.png
             */
            name: string;
            /** @enum {string} */
            type: "artifact";
        } | {
            /** @description The whole result. */
            result: components["schemas"]["ResultBody"];
            /** @enum {string} */
            type: "finished";
        } | {
            /** @description The reason. */
            problem: components["schemas"]["ProblemDetails"];
            /** @enum {string} */
            type: "error";
        };
        /**
         * @description A program to share: what is needed to show and run it elsewhere.
         * @example {
         *       "code": "print(input())",
         *       "language": "python",
         *       "stdin": "hi\n"
         *     }
         */
        ShareBody: {
            /**
             * @description The program, as one file. This or `files` is required.
             * @example print(input())
             */
            code?: string | null;
            /** @description The program as files; the first is the main one. Together with `code`, these are additional files. */
            files?: components["schemas"]["FileBody"][] | null;
            /**
             * @description Id or alias of a language; `GET /api/languages` lists them.
             * @example python
             */
            language: string;
            /**
             * @description Standard input, as text.
             * @example hi
             */
            stdin?: string | null;
        } & ({
            code: string;
        } | {
            files: components["schemas"]["FileBody"][];
        });
        /** @description A program that has been shared. */
        ShareCreatedBody: {
            /**
             * Format: date-time
             * @description The time until which it can be read.
             * @example 2026-03-31T09:30:00.250Z
             */
            expiresAt: string;
            /**
             * @description The key of the share. Anybody who has it can read the program.
             * @example 4fXk2sQe7Lb9VwTz1YpRc8
             */
            key: string;
            /**
             * @description The address of its page on this server.
             * @example /s/4fXk2sQe7Lb9VwTz1YpRc8
             */
            url: string;
        };
        /** @description A shared program, as it was sent. */
        SharedProgramBody: {
            /** @description The program, if it was sent as one file. */
            code: string | null;
            /**
             * Format: date-time
             * @description The time at which it was shared.
             * @example 2026-03-01T09:30:00.250Z
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description The time until which it can be read.
             * @example 2026-03-31T09:30:00.250Z
             */
            expiresAt: string;
            /** @description Its files, or its additional files if there is `code`. */
            files: components["schemas"]["FileBody"][];
            /**
             * @description Id of its language.
             * @example python
             */
            language: string;
            /** @description Standard input. */
            stdin: string | null;
        } & ({
            code: string;
        } | {
            files: components["schemas"]["FileBody"][];
        });
        /** @description Fields of a `signal` frame. */
        SignalBody: {
            /** @description The signal. */
            name: components["schemas"]["SignalName"];
        };
        /**
         * @description A signal that a client may send.
         * @enum {string}
         */
        SignalName: "INT" | "TERM" | "QUIT" | "HUP" | "KILL" | "USR1" | "USR2" | "CONT" | "TSTP";
        /** @description Fields of a `start` frame: those of a submission, and a terminal. */
        StartBody: {
            /** @description Its command-line arguments. At most 64 arguments of at most 4096 bytes each, and 98304 bytes together. */
            args?: string[] | null;
            /** @description Whether to keep the files that the program writes. */
            artifacts?: boolean | null;
            /**
             * @description The program, as one file. This or `files` is required. At most 262144 bytes.
             * @example print(input())
             */
            code?: string | null;
            /** @description The program as files; the first is the main one. Together with `code`, these are additional files. At most 20 files, with `code`, of at most 1048576 bytes each. */
            files?: components["schemas"]["FileBody"][] | null;
            /**
             * @description Id or alias of a language; `GET /api/languages` lists them.
             * @example python
             */
            language: string;
            limits?: components["schemas"]["LimitsBody"] | null;
            network?: components["schemas"]["NetworkName"] | null;
            options?: components["schemas"]["BTreeMap"] | null;
            priority?: components["schemas"]["PriorityName"] | null;
            problemId?: components["schemas"]["ProblemRef"] | null;
            pty?: components["schemas"]["TerminalBody"] | null;
            /**
             * @description Standard input. At most 1048576 bytes.
             * @example hi
             */
            stdin?: string | null;
            stdinEncoding?: components["schemas"]["Encoding"] | null;
            /**
             * @description Required version of its toolchain, as a semantic version requirement.
             * @example >=3.10
             */
            version?: string | null;
            webhook?: components["schemas"]["WebhookBody"] | null;
        } & ({
            code: string;
        } | {
            files: components["schemas"]["FileBody"][];
        });
        /** @description Data of `started`. Discard earlier output: it belongs to an attempt that was lost. */
        StartedData: {
            /**
             * Format: int32
             * @description The number of the attempt; above 1 only if a worker died.
             * @example 1
             */
            attempt: number;
        };
        /** @description Fields of a `stdin` frame. */
        StdinBody: {
            encoding?: components["schemas"]["Encoding"] | null;
            /**
             * @description The input, at most 65,536 bytes in a frame.
             * @example Ada
             */
            text: string;
        };
        /** @description An event of a stream: `event` is the name in its `event:` line, and `data` is the JSON in its `data:` line. */
        StreamEvent: {
            /** @description The job waits in its queue. */
            data: components["schemas"]["QueuedData"];
            /** @enum {string} */
            event: "queued";
        } | {
            /** @description An attempt has begun. */
            data: components["schemas"]["StartedData"];
            /** @enum {string} */
            event: "started";
        } | {
            /** @description The program wrote output. */
            data: components["schemas"]["OutputData"];
            /** @enum {string} */
            event: "output";
        } | {
            /** @description The program drew. */
            data: components["schemas"]["DrawData"];
            /** @enum {string} */
            event: "draw";
        } | {
            /** @description The program shows an image. */
            data: components["schemas"]["ImageData"];
            /** @enum {string} */
            event: "artifact";
        } | {
            /** @description A test of a grading was run. */
            data: components["schemas"]["TestResultData"];
            /** @enum {string} */
            event: "test";
        } | {
            /** @description The job has ended with this result. Last event of the stream. */
            data: components["schemas"]["ResultBody"];
            /** @enum {string} */
            event: "finished";
        };
        /**
         * @description An output stream.
         * @enum {string}
         */
        StreamName: "stdout" | "stderr";
        /**
         * @description A program to run, as `code` or as `files`.
         * @example {
         *       "code": "name = input()\nprint(f\"Hello, {name}!\")\n",
         *       "language": "python",
         *       "limits": {
         *         "wallMs": 5000
         *       },
         *       "stdin": "Ada\n"
         *     }
         */
        SubmitBody: {
            /** @description Its command-line arguments. At most 64 arguments of at most 4096 bytes each, and 98304 bytes together. */
            args?: string[] | null;
            /** @description Whether to keep the files that the program writes. */
            artifacts?: boolean | null;
            /**
             * @description The program, as one file. This or `files` is required. At most 262144 bytes.
             * @example print(input())
             */
            code?: string | null;
            /** @description The program as files; the first is the main one. Together with `code`, these are additional files. At most 20 files, with `code`, of at most 1048576 bytes each. */
            files?: components["schemas"]["FileBody"][] | null;
            /**
             * @description Id or alias of a language; `GET /api/languages` lists them.
             * @example python
             */
            language: string;
            limits?: components["schemas"]["LimitsBody"] | null;
            network?: components["schemas"]["NetworkName"] | null;
            options?: components["schemas"]["BTreeMap"] | null;
            priority?: components["schemas"]["PriorityName"] | null;
            problemId?: components["schemas"]["ProblemRef"] | null;
            /**
             * @description Standard input. At most 1048576 bytes.
             * @example hi
             */
            stdin?: string | null;
            stdinEncoding?: components["schemas"]["Encoding"] | null;
            /**
             * @description Required version of its toolchain, as a semantic version requirement.
             * @example >=3.10
             */
            version?: string | null;
            webhook?: components["schemas"]["WebhookBody"] | null;
        } & ({
            code: string;
        } | {
            files: components["schemas"]["FileBody"][];
        });
        /** @description The size of a terminal: `pty` of a `start` frame, and the fields of a `resize` frame. */
        TerminalBody: {
            /**
             * Format: int64
             * @description Characters in a line, 1 to 1000.
             * @example 80
             */
            cols: number;
            /**
             * Format: int64
             * @description Lines, 1 to 1000.
             * @example 24
             */
            rows: number;
        };
        /** @description The result of one test. */
        TestResultBody: components["schemas"]["HiddenTestBody"] | components["schemas"]["PublicTestBody"];
        /** @description Data of `test`: a test of a grading was run. */
        TestResultData: {
            /** @description Whether it is hidden: the result then has no further details of it. */
            hidden: boolean;
            /**
             * Format: int64
             * @description Its index in `testResults`, from 0.
             * @example 2
             */
            index: number;
            /** @description Whether it was passed. */
            passed: boolean;
        };
        /**
         * @description The way of running the tests of a problem.
         * @enum {string}
         */
        TestStyleName: "streams" | "calls" | "validated" | "interactive";
        /**
         * @description The judgement on a submission or one of its tests.
         * @enum {string}
         */
        VerdictName: "accepted" | "partial" | "wrongAnswer" | "timeLimit" | "memoryLimit" | "outputLimit" | "runtimeError" | "compileError" | "judgeError";
        /**
         * @description Additional reason for the waiting of a job.
         * @enum {string}
         */
        WaitReason: "toolchain";
        /** @description A webhook for the end of the job. */
        WebhookBody: {
            /**
             * Format: uri
             * @description A public URL that begins with `https://`, of at most 2000 bytes. It receives a `POST` with a `WebhookMessage`, signed according to
             *     the Standard Webhooks specification, at least once.
             * @example https://school.example/coderunner
             */
            url: string;
        };
        /** @description A job that has ended. */
        WebhookData: {
            /** @description The reason why the job failed; absent otherwise. */
            error?: string;
            /**
             * Format: uuid
             * @description The job's id.
             * @example 0192d3a4-5b6c-7d8e-9f01-23456789abcd
             */
            jobId: string;
            /** @description Plain run or grading. */
            kind: components["schemas"]["JobKindName"];
            /**
             * Format: int32
             * @description Number of passed tests of a grading, hidden ones included; absent otherwise.
             * @example 3
             */
            passed?: number;
            /**
             * @description The path of the result, on the server that sent the message.
             * @example /api/execution/result/0192d3a4-5b6c-7d8e-9f01-23456789abcd
             */
            result: string;
            /** @description `completed`, `failed` or `cancelled`. */
            status: components["schemas"]["JobStatusName"];
            /**
             * Format: int32
             * @description Number of tests of a grading, hidden ones included; absent otherwise.
             * @example 4
             */
            total?: number;
            /** @description The verdict of a grading; absent otherwise. */
            verdict?: components["schemas"]["VerdictName"];
        };
        /**
         * @description The message to the URL of a webhook.
         *
         *     Its headers are `webhook-id`, which is equal in all retries; `webhook-timestamp`, in seconds since 1970; and `webhook-signature`: `v1,`
         *     and, in base64, the HMAC-SHA256 of id, timestamp and body, joined with dots. A status from 200 to 299 acknowledges it; after any other
         *     status, and after a timeout, it is sent again.
         */
        WebhookMessage: {
            /** @description The job. */
            data: components["schemas"]["WebhookData"];
            /**
             * Format: date-time
             * @description The time of the event (RFC 3339).
             * @example 2026-03-01T09:30:00.281Z
             */
            timestamp: string;
            /**
             * @description The type of the event: `job.ended`.
             * @example job.ended
             */
            type: string;
        };
    };
    responses: {
        /** @description A parameter is not valid. */
        BadParameter: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                "X-Request-ID": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ProblemDetails"];
            };
        };
        /** @description The body is too large. */
        BodyTooLarge: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                "X-Request-ID": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ProblemDetails"];
            };
        };
        /** @description The body took too long. */
        BodyTooSlow: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                "X-Request-ID": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ProblemDetails"];
            };
        };
        /** @description The server has another name. */
        HostNotAllowed: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                "X-Request-ID": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ProblemDetails"];
            };
        };
        /** @description Something went wrong here. */
        Internal: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                "X-Request-ID": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ProblemDetails"];
            };
        };
        /** @description Too many requests. */
        LimitExceeded: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                "Retry-After": components["headers"]["RetryAfter"];
                "X-Request-ID": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ProblemDetails"];
            };
        };
        /** @description Nobody is signed in. */
        NotSignedIn: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                "X-Request-ID": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ProblemDetails"];
            };
        };
        /** @description The page may not call this address. */
        OriginNotAllowed: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                "X-Request-ID": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ProblemDetails"];
            };
        };
        /** @description Too many connections. Or: Not ready. */
        TooManyConnectionsOrNotReady: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                "Retry-After": components["headers"]["RetryAfter"];
                "X-Request-ID": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ProblemDetails"];
            };
        };
        /** @description Too many connections. Or: Not ready. Or: A service cannot be reached. */
        TooManyConnectionsOrNotReadyOrUpstreamUnreachable: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                "Retry-After": components["headers"]["RetryAfter"];
                "X-Request-ID": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ProblemDetails"];
            };
        };
        /** @description A service broke off its answer. */
        UpstreamDisconnected: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                "X-Request-ID": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ProblemDetails"];
            };
        };
        /** @description A service took too long. */
        UpstreamTooSlow: {
            headers: {
                RateLimit: components["headers"]["RateLimit"];
                "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                "X-Request-ID": components["headers"]["RequestId"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["ProblemDetails"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description What is left of them. */
        RateLimit: string;
        /** @description The limits that hold for the caller (draft-ietf-httpapi-ratelimit-headers). */
        RateLimitPolicy: string;
        /** @description The id of the request: yours if you sent a sane one. */
        RequestId: string;
        /** @description Seconds after which to try again. */
        RetryAfter: number;
    };
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    home: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page for people. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            400: components["responses"]["BadParameter"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            503: components["responses"]["TooManyConnectionsOrNotReady"];
        };
    };
    artifact: {
        parameters: {
            query?: never;
            header?: {
                /** @description The `ETag` of what the client has. */
                "If-None-Match"?: string;
            };
            path: {
                /** @description The job's id. */
                id: string;
                /** @description The file's name as in the result, with its folders. */
                name: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The file, to be saved. Its type is the one in the result. */
            200: {
                headers: {
                    /** @description `attachment`, with the file's name. */
                    "Content-Disposition"?: string;
                    /** @description Stays the same: a file never changes. */
                    ETag?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "*/*": string;
                };
            };
            /** @description The client has it. */
            304: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The id or the name is not one. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            /** @description No such job, or not the caller's; or no such file. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "The job has left no file of this name behind. Its result lists those that are kept.",
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 404,
                     *       "title": "No such file",
                     *       "type": "urn:coderunner:artifact-not-found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            503: components["responses"]["TooManyConnectionsOrNotReadyOrUpstreamUnreachable"];
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    submitBatch: {
        parameters: {
            query?: never;
            header?: {
                /** @description 1 to 255 visible ASCII characters, chosen by the client, new for each submission. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The programs, each with what it is given. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "submissions": [
                 *         {
                 *           "code": "print(1)",
                 *           "language": "python"
                 *         },
                 *         {
                 *           "code": "int main(void) { return 2; }",
                 *           "language": "c"
                 *         }
                 *       ]
                 *     }
                 */
                "application/json": components["schemas"]["BatchBody"];
            };
        };
        responses: {
            /** @description What became of each submission; look at every entry. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "submissions": [
                     *         {
                     *           "jobId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *           "position": 3,
                     *           "status": "queued"
                     *         },
                     *         {
                     *           "detail": "limits.cpuMs must be between 1 and 10000.",
                     *           "errors": [
                     *             {
                     *               "field": "limits.cpuMs",
                     *               "message": "must be between 1 and 10000"
                     *             }
                     *           ],
                     *           "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abce",
                     *           "status": 422,
                     *           "title": "The request is not valid",
                     *           "type": "urn:coderunner:invalid-request"
                     *         }
                     *       ]
                     *     }
                     */
                    "application/json": components["schemas"]["BatchResponseBody"];
                };
            };
            /** @description The body is not JSON or not UTF-8, or a parameter is not valid. Or: The body cannot be read. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            408: components["responses"]["BodyTooSlow"];
            /** @description The body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not announced as JSON, or is compressed. Or: The body is compressed in a way that is not taken. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            421: components["responses"]["HostNotAllowed"];
            /** @description There are no submissions, or too many. Or the idempotency key came with another body before. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            /** @description The queue cannot be reached, or the server is shutting down: nothing was taken. Try again after `Retry-After`. Or: Too many connections. Or: Not ready. Or: A service cannot be reached. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    queueStats: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The queues at this moment. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["QueueBody"];
                };
            };
            400: components["responses"]["BadParameter"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            503: components["responses"]["TooManyConnectionsOrNotReadyOrUpstreamUnreachable"];
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    result: {
        parameters: {
            query?: {
                /**
                 * @description Wait up to this many seconds (0 to 60, decimals are fine) for the result.
                 * @example 10
                 */
                wait?: number;
                /** @description Whether to show hidden tests; for staff only. */
                reveal?: boolean;
                /** @description The language of help with mistakes; by default what `Accept-Language` prefers. */
                lang?: "en" | "de";
            };
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The job; `status` says whether it has ended. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResultBody"];
                };
            };
            /** @description The id is not one, or `wait` is out of range. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            /** @description `?reveal=true` is for staff. Or: The page may not call this address. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description No such job, or not the caller's. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "There is no job with this id, or it is not yours. Results are kept for a limited time after the job ended.",
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 404,
                     *       "title": "No such job",
                     *       "type": "urn:coderunner:job-not-found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            503: components["responses"]["TooManyConnectionsOrNotReadyOrUpstreamUnreachable"];
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    deleteResult: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is deleted. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The id is not one. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            /** @description No such job (any more), or not the caller's. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description It has not ended. */
            409: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "The job is processing. Cancel it with DELETE /api/execution/0192d3a4-5b6c-7d8e-9f01-23456789abcd, and delete its result once it has ended.",
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 409,
                     *       "title": "The job has not ended",
                     *       "type": "urn:coderunner:not-finished"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            /** @description The records cannot be reached. Try again after `Retry-After`. Or: Too many connections. Or: Not ready. Or: A service cannot be reached. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    results: {
        parameters: {
            query: {
                /** @description The ids of one job or more, with commas between them. At most 100. */
                ids: string;
                /** @description The language of help with mistakes; by default what `Accept-Language` prefers. */
                lang?: "en" | "de";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The jobs; the `status` of each says whether it has ended. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResultsBody"];
                };
            };
            /** @description There are no ids, too many, or one is not one. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            /** @description The records cannot be reached. Try again after `Retry-After`. Or: Too many connections. Or: Not ready. Or: A service cannot be reached. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    session: {
        parameters: {
            query?: {
                /** @description The language of help with mistakes; by default what `Accept-Language` prefers. */
                lang?: "en" | "de";
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The WebSocket is open. Its frames are `ClientFrame` and `ServerFrame`. */
            101: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description This is no WebSocket. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            503: components["responses"]["TooManyConnectionsOrNotReadyOrUpstreamUnreachable"];
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    startSession: {
        parameters: {
            query?: {
                /** @description The language of help with mistakes; by default what `Accept-Language` prefers. */
                lang?: "en" | "de";
            };
            header?: {
                /** @description 1 to 255 visible ASCII characters, chosen by the client, new for each submission. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The program, with what it is given. */
        requestBody: {
            content: {
                /**
                 * @example {
                 *       "code": "print(input('name? '))",
                 *       "language": "python"
                 *     }
                 */
                "application/json": components["schemas"]["StartBody"];
            };
        };
        responses: {
            /** @description The result, when the same request was sent before and its session has ended. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResultBody"];
                };
            };
            /** @description Accepted and recorded. */
            202: {
                headers: {
                    /** @description Where the result will be. */
                    Location?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "jobId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "position": 1,
                     *       "status": "queued"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedBody"];
                };
            };
            /** @description The body is not JSON or not UTF-8, or a parameter is not valid. Or: The body cannot be read. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            408: components["responses"]["BodyTooSlow"];
            /** @description The body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not announced as JSON, or is compressed in another way than gzip. Or: The body is compressed in a way that is not taken. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            421: components["responses"]["HostNotAllowed"];
            /** @description A field is not valid: `errors` names each that must change. Or the idempotency key came with another body before. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            /** @description As many sessions are open as the server holds, or too many jobs wait. Try again after `Retry-After`. Or: Too many connections. Or: Not ready. Or: A service cannot be reached. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    stream: {
        parameters: {
            query?: {
                /** @description The language of help with mistakes; by default what `Accept-Language` prefers. */
                lang?: "en" | "de";
            };
            header?: {
                "Last-Event-ID"?: number | string;
            };
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The events, until `finished`. Each is a `StreamEvent`, with `event` and `data` on lines of their own. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example id: 1
                     *     event: queued
                     *     data: {"position":1}
                     *
                     *     id: 100000001
                     *     event: started
                     *     data: {"attempt":1}
                     *
                     *     id: 100000002
                     *     event: output
                     *     data: {"stream":"stdout","text":"hi\n"}
                     *
                     *     id: 100000003
                     *     event: finished
                     *     data: {"jobId":"0192d3a4-5b6c-7d8e-9f01-23456789abcd","status":"completed","…":"…"}
                     */
                    "text/event-stream": {
                        /** @description `data` of a `StreamEvent`, in JSON. */
                        data: string;
                        /** @description `event` of a `StreamEvent`. */
                        event: string;
                        /** @description Grows from event to event. */
                        id: string;
                    };
                };
            };
            /** @description `Last-Event-ID` was the last event: there is nothing more. Browsers stop reconnecting. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The id or `Last-Event-ID` is not one. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            /** @description No such job, or not the caller's. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            503: components["responses"]["TooManyConnectionsOrNotReadyOrUpstreamUnreachable"];
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    submit: {
        parameters: {
            query?: {
                /**
                 * @description Wait up to this many seconds (0 to 60, decimals are fine) for the result.
                 * @example 10
                 */
                wait?: number;
                /** @description Whether to show hidden tests; for staff only. */
                reveal?: boolean;
                /** @description The language of help with mistakes; by default what `Accept-Language` prefers. */
                lang?: "en" | "de";
            };
            header?: {
                /** @description 1 to 255 visible ASCII characters, chosen by the client, new for each submission. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The program, with what it is given. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubmitBody"];
            };
        };
        responses: {
            /** @description The result, when `?wait=` saw it in time. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResultBody"];
                };
            };
            /** @description Accepted and recorded. */
            202: {
                headers: {
                    /** @description Where the result will be. */
                    Location?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "jobId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "position": 3,
                     *       "status": "queued"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedBody"];
                };
            };
            /** @description The body is not JSON or not UTF-8, or a parameter is not valid. Or: The body cannot be read. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "The body is not valid JSON: expected value, in line 2, column 10.",
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 400,
                     *       "title": "The body cannot be read",
                     *       "type": "urn:coderunner:malformed-body"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            /** @description `?reveal=true` is for staff. Or: The page may not call this address. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            408: components["responses"]["BodyTooSlow"];
            /** @description The body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not announced as JSON, or is compressed in another way than gzip. Or: The body is compressed in a way that is not taken. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            421: components["responses"]["HostNotAllowed"];
            /** @description A field is not valid: `errors` names each that must change. Or the idempotency key came with another body before. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "limits.cpuMs must be between 1 and 10000.",
                     *       "errors": [
                     *         {
                     *           "field": "limits.cpuMs",
                     *           "message": "must be between 1 and 10000"
                     *         }
                     *       ],
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 422,
                     *       "title": "The request is not valid",
                     *       "type": "urn:coderunner:invalid-request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            /** @description Too many jobs wait, or for a job of this priority; or the queue cannot be reached, or the server is shutting down. Try again after `Retry-After`. Or: Too many connections. Or: Not ready. Or: A service cannot be reached. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "Too many programs wait at the moment. Try again in 5 s.",
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 503,
                     *       "title": "The queue is full",
                     *       "type": "urn:coderunner:queue-full"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    grade: {
        parameters: {
            query?: {
                /**
                 * @description Wait up to this many seconds (0 to 60, decimals are fine) for the result.
                 * @example 10
                 */
                wait?: number;
                /** @description Whether to show hidden tests; for staff only. */
                reveal?: boolean;
                /** @description The language of help with mistakes; by default what `Accept-Language` prefers. */
                lang?: "en" | "de";
            };
            header?: {
                /** @description 1 to 255 visible ASCII characters, chosen by the client, new for each submission. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The program, and the problem that it is to solve. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["GradeBody"];
            };
        };
        responses: {
            /** @description The result, when `?wait=` saw it in time. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "artifacts": [],
                     *       "attempt": 1,
                     *       "compile": null,
                     *       "error": null,
                     *       "explanation": null,
                     *       "finishedAt": "2026-03-01T09:30:00.281Z",
                     *       "help": null,
                     *       "jobId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "kind": "grade",
                     *       "language": "python",
                     *       "maxScore": 100,
                     *       "mostUsed": {
                     *         "cpuMs": 3,
                     *         "memoryBytes": 9437184,
                     *         "wallMs": 4
                     *       },
                     *       "notices": [],
                     *       "output": "",
                     *       "passRate": 50,
                     *       "passed": 1,
                     *       "pool": "container",
                     *       "run": null,
                     *       "score": 50,
                     *       "startedAt": "2026-03-01T09:30:00.252Z",
                     *       "status": "completed",
                     *       "submittedAt": "2026-03-01T09:30:00.250Z",
                     *       "testResults": [
                     *         {
                     *           "cpuMs": 3,
                     *           "expected": "3\n",
                     *           "got": "3\n",
                     *           "input": "1 2\n",
                     *           "memoryBytes": 9437184,
                     *           "name": "1",
                     *           "passed": true,
                     *           "verdict": "accepted",
                     *           "wallMs": 4
                     *         },
                     *         {
                     *           "hidden": true,
                     *           "passed": false
                     *         }
                     *       ],
                     *       "time": 4,
                     *       "toolchain": "CPython 3.11.2",
                     *       "total": 2,
                     *       "verdict": "wrongAnswer"
                     *     }
                     */
                    "application/json": components["schemas"]["ResultBody"];
                };
            };
            /** @description Accepted and recorded. */
            202: {
                headers: {
                    /** @description Where the result will be. */
                    Location?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "jobId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "position": 3,
                     *       "status": "queued"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedBody"];
                };
            };
            /** @description The body is not JSON or not UTF-8, or a parameter is not valid. Or: The body cannot be read. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            /** @description `?reveal=true` is for staff. Or: The page may not call this address. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description There is no such problem; `detail` names one that may have been meant. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "There is no problem \"ad-two\"; did you mean \"add-two\"? GET /api/problems lists those that there are.",
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 404,
                     *       "title": "No such problem",
                     *       "type": "urn:coderunner:problem-not-found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            408: components["responses"]["BodyTooSlow"];
            /** @description The body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not announced as JSON, or is compressed in another way than gzip. Or: The body is compressed in a way that is not taken. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            421: components["responses"]["HostNotAllowed"];
            /** @description A field is not valid: `errors` names each that must change. Or the idempotency key came with another body before. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "stdin is not taken here: the tests of the problem say what the program is given.",
                     *       "errors": [
                     *         {
                     *           "field": "stdin",
                     *           "message": "is not taken here: the tests of the problem say what the program is given"
                     *         }
                     *       ],
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 422,
                     *       "title": "The request is not valid",
                     *       "type": "urn:coderunner:invalid-request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            /** @description Too many jobs wait, or for a job of this priority; or the queue cannot be reached, or the server is shutting down. Try again after `Retry-After`. Or: Too many connections. Or: Not ready. Or: A service cannot be reached. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    cancel: {
        parameters: {
            query?: {
                /** @description The language of help with mistakes; by default what `Accept-Language` prefers. */
                lang?: "en" | "de";
            };
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It is cancelled. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResultBody"];
                };
            };
            /** @description It runs, and has been told to stop. */
            202: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["CancellingBody"];
                };
            };
            /** @description The id is not one. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            /** @description No such job, or not the caller's. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description It had ended before. */
            409: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "The job is completed, so there is nothing left to cancel.",
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 409,
                     *       "title": "The job has already ended",
                     *       "type": "urn:coderunner:already-finished"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            503: components["responses"]["TooManyConnectionsOrNotReadyOrUpstreamUnreachable"];
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    sessionEof: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The worker knows. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The id is not one. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            /** @description No such job, or not the caller's. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description The job is no live session, or has ended. */
            409: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description More was sent than may wait for the program to start. Or: The body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            /** @description The program has not started yet. Send it again. Or: Too many connections. Or: Not ready. Or: A service cannot be reached. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    sessionResize: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TerminalBody"];
            };
        };
        responses: {
            /** @description The worker has it. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The id is not one, or the body is not JSON or not UTF-8. Or: The body cannot be read. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            /** @description No such job, or not the caller's. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            408: components["responses"]["BodyTooSlow"];
            /** @description The job is no live session, or has ended. */
            409: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description More was sent than may wait for the program to start. Or: The body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not announced as JSON. Or: The body is compressed in a way that is not taken. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            421: components["responses"]["HostNotAllowed"];
            /** @description A field is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            /** @description The program has not started yet. Send it again. Or: Too many connections. Or: Not ready. Or: A service cannot be reached. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    sessionSignal: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["SignalBody"];
            };
        };
        responses: {
            /** @description The worker has it. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The id is not one, or the body is not JSON or not UTF-8. Or: The body cannot be read. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            /** @description No such job, or not the caller's. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            408: components["responses"]["BodyTooSlow"];
            /** @description The job is no live session, or has ended. */
            409: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description More was sent than may wait for the program to start. Or: The body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not announced as JSON. Or: The body is compressed in a way that is not taken. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            421: components["responses"]["HostNotAllowed"];
            /** @description A field is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            /** @description The program has not started yet. Send it again. Or: Too many connections. Or: Not ready. Or: A service cannot be reached. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    sessionStdin: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The job's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["StdinBody"];
            };
        };
        responses: {
            /** @description The worker has it. */
            204: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The id is not one, or the body is not JSON or not UTF-8. Or: The body cannot be read. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            /** @description No such job, or not the caller's. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            408: components["responses"]["BodyTooSlow"];
            /** @description The job is no live session, or has ended. */
            409: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description It is more than 64 KiB, or more than may wait for the program to start. Or: The body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not announced as JSON. Or: The body is compressed in a way that is not taken. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            421: components["responses"]["HostNotAllowed"];
            /** @description A field is not valid. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            /** @description The program has not started yet. Send it again. Or: Too many connections. Or: Not ready. Or: A service cannot be reached. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    languages: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The languages, in the order of their ids. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["LanguagesBody"];
                };
            };
            400: components["responses"]["BadParameter"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            503: components["responses"]["TooManyConnectionsOrNotReadyOrUpstreamUnreachable"];
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    problems: {
        parameters: {
            query?: {
                /** @description Only problems with a greater number, at most 9,223,372,036,854,775,807. */
                after?: number;
                /** @description Page size; 100 by default. */
                limit?: number;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The problems. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemsBody"];
                };
            };
            /** @description A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            503: components["responses"]["TooManyConnectionsOrNotReadyOrUpstreamUnreachable"];
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    problem: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The problem's id, slug or number.
                 * @example cake-sale
                 */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The problem. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ProblemBody"];
                };
            };
            400: components["responses"]["BadParameter"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            /** @description No such problem. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "There is no problem with this id, slug or number. GET /api/problems lists those that there are.",
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 404,
                     *       "title": "No such problem",
                     *       "type": "urn:coderunner:problem-not-found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            503: components["responses"]["TooManyConnectionsOrNotReadyOrUpstreamUnreachable"];
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    hint: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /**
                 * @description The problem's id, slug or number.
                 * @example cake-sale
                 */
                id: string;
                /**
                 * @description Which hint, from 1.
                 * @example 1
                 */
                number: number;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The hint. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HintBody"];
                };
            };
            400: components["responses"]["BadParameter"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            /** @description No such problem, or it has no such hint. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "There is no hint 4: the hints of this problem have the numbers 1 to 3.",
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 404,
                     *       "title": "No such hint",
                     *       "type": "urn:coderunner:hint-not-found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            503: components["responses"]["TooManyConnectionsOrNotReadyOrUpstreamUnreachable"];
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    share: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /** @description The program, with its input. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["ShareBody"];
            };
        };
        responses: {
            /** @description Shared. */
            201: {
                headers: {
                    /** @description Where the program can be read. */
                    Location?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ShareCreatedBody"];
                };
            };
            /** @description The body is not JSON or not UTF-8. Or: The body cannot be read. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            408: components["responses"]["BodyTooSlow"];
            /** @description The body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not announced as JSON, or is compressed in another way than gzip. Or: The body is compressed in a way that is not taken. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            421: components["responses"]["HostNotAllowed"];
            /** @description A field is not valid: `errors` names each that must change. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            /** @description The records cannot be reached, or the server is shutting down. Try again after `Retry-After`. Or: Too many connections. Or: Not ready. Or: A service cannot be reached. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    sharedProgram: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key of the share. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The program as it was shared. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["SharedProgramBody"];
                };
            };
            400: components["responses"]["BadParameter"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            /** @description There is no such share, or it has expired. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            /** @description The records cannot be reached, or the server is shutting down. Try again after `Retry-After`. Or: Too many connections. Or: Not ready. Or: A service cannot be reached. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    submitAlias: {
        parameters: {
            query?: {
                /**
                 * @description Wait up to this many seconds (0 to 60, decimals are fine) for the result.
                 * @example 10
                 */
                wait?: number;
                /** @description Whether to show hidden tests; for staff only. */
                reveal?: boolean;
                /** @description The language of help with mistakes; by default what `Accept-Language` prefers. */
                lang?: "en" | "de";
            };
            header?: {
                /** @description 1 to 255 visible ASCII characters, chosen by the client, new for each submission. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The program, with what it is given. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["SubmitBody"];
            };
        };
        responses: {
            /** @description The result, when `?wait=` saw it in time. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["ResultBody"];
                };
            };
            /** @description Accepted and recorded. */
            202: {
                headers: {
                    /** @description Where the result will be. */
                    Location?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "jobId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "position": 3,
                     *       "status": "queued"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedBody"];
                };
            };
            /** @description The body is not JSON or not UTF-8, or a parameter is not valid. Or: The body cannot be read. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "The body is not valid JSON: expected value, in line 2, column 10.",
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 400,
                     *       "title": "The body cannot be read",
                     *       "type": "urn:coderunner:malformed-body"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            /** @description `?reveal=true` is for staff. Or: The page may not call this address. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            408: components["responses"]["BodyTooSlow"];
            /** @description The body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not announced as JSON, or is compressed in another way than gzip. Or: The body is compressed in a way that is not taken. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            421: components["responses"]["HostNotAllowed"];
            /** @description A field is not valid: `errors` names each that must change. Or the idempotency key came with another body before. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "limits.cpuMs must be between 1 and 10000.",
                     *       "errors": [
                     *         {
                     *           "field": "limits.cpuMs",
                     *           "message": "must be between 1 and 10000"
                     *         }
                     *       ],
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 422,
                     *       "title": "The request is not valid",
                     *       "type": "urn:coderunner:invalid-request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            /** @description Too many jobs wait, or for a job of this priority; or the queue cannot be reached, or the server is shutting down. Try again after `Retry-After`. Or: Too many connections. Or: Not ready. Or: A service cannot be reached. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "Too many programs wait at the moment. Try again in 5 s.",
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 503,
                     *       "title": "The queue is full",
                     *       "type": "urn:coderunner:queue-full"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    gradeAlias: {
        parameters: {
            query?: {
                /**
                 * @description Wait up to this many seconds (0 to 60, decimals are fine) for the result.
                 * @example 10
                 */
                wait?: number;
                /** @description Whether to show hidden tests; for staff only. */
                reveal?: boolean;
                /** @description The language of help with mistakes; by default what `Accept-Language` prefers. */
                lang?: "en" | "de";
            };
            header?: {
                /** @description 1 to 255 visible ASCII characters, chosen by the client, new for each submission. */
                "Idempotency-Key"?: string;
            };
            path?: never;
            cookie?: never;
        };
        /** @description The program, and the problem that it is to solve. */
        requestBody: {
            content: {
                "application/json": components["schemas"]["GradeBody"];
            };
        };
        responses: {
            /** @description The result, when `?wait=` saw it in time. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "artifacts": [],
                     *       "attempt": 1,
                     *       "compile": null,
                     *       "error": null,
                     *       "explanation": null,
                     *       "finishedAt": "2026-03-01T09:30:00.281Z",
                     *       "help": null,
                     *       "jobId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "kind": "grade",
                     *       "language": "python",
                     *       "maxScore": 100,
                     *       "mostUsed": {
                     *         "cpuMs": 3,
                     *         "memoryBytes": 9437184,
                     *         "wallMs": 4
                     *       },
                     *       "notices": [],
                     *       "output": "",
                     *       "passRate": 50,
                     *       "passed": 1,
                     *       "pool": "container",
                     *       "run": null,
                     *       "score": 50,
                     *       "startedAt": "2026-03-01T09:30:00.252Z",
                     *       "status": "completed",
                     *       "submittedAt": "2026-03-01T09:30:00.250Z",
                     *       "testResults": [
                     *         {
                     *           "cpuMs": 3,
                     *           "expected": "3\n",
                     *           "got": "3\n",
                     *           "input": "1 2\n",
                     *           "memoryBytes": 9437184,
                     *           "name": "1",
                     *           "passed": true,
                     *           "verdict": "accepted",
                     *           "wallMs": 4
                     *         },
                     *         {
                     *           "hidden": true,
                     *           "passed": false
                     *         }
                     *       ],
                     *       "time": 4,
                     *       "toolchain": "CPython 3.11.2",
                     *       "total": 2,
                     *       "verdict": "wrongAnswer"
                     *     }
                     */
                    "application/json": components["schemas"]["ResultBody"];
                };
            };
            /** @description Accepted and recorded. */
            202: {
                headers: {
                    /** @description Where the result will be. */
                    Location?: string;
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "jobId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "position": 3,
                     *       "status": "queued"
                     *     }
                     */
                    "application/json": components["schemas"]["AcceptedBody"];
                };
            };
            /** @description The body is not JSON or not UTF-8, or a parameter is not valid. Or: The body cannot be read. Or: A parameter is not valid. */
            400: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            401: components["responses"]["NotSignedIn"];
            /** @description `?reveal=true` is for staff. Or: The page may not call this address. */
            403: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description There is no such problem; `detail` names one that may have been meant. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "There is no problem \"ad-two\"; did you mean \"add-two\"? GET /api/problems lists those that there are.",
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 404,
                     *       "title": "No such problem",
                     *       "type": "urn:coderunner:problem-not-found"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            408: components["responses"]["BodyTooSlow"];
            /** @description The body is too large. */
            413: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            /** @description The body is not announced as JSON, or is compressed in another way than gzip. Or: The body is compressed in a way that is not taken. */
            415: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            421: components["responses"]["HostNotAllowed"];
            /** @description A field is not valid: `errors` names each that must change. Or the idempotency key came with another body before. */
            422: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "stdin is not taken here: the tests of the problem say what the program is given.",
                     *       "errors": [
                     *         {
                     *           "field": "stdin",
                     *           "message": "is not taken here: the tests of the problem say what the program is given"
                     *         }
                     *       ],
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 422,
                     *       "title": "The request is not valid",
                     *       "type": "urn:coderunner:invalid-request"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            502: components["responses"]["UpstreamDisconnected"];
            /** @description Too many jobs wait, or for a job of this priority; or the queue cannot be reached, or the server is shutting down. Try again after `Retry-After`. Or: Too many connections. Or: Not ready. Or: A service cannot be reached. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            504: components["responses"]["UpstreamTooSlow"];
        };
    };
    health: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It lives. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["HealthBody"];
                };
            };
            400: components["responses"]["BadParameter"];
            403: components["responses"]["OriginNotAllowed"];
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            503: components["responses"]["TooManyConnectionsOrNotReady"];
        };
    };
    openapi: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description An OpenAPI 3.1 document. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": Record<string, never>;
                };
            };
            400: components["responses"]["BadParameter"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            503: components["responses"]["TooManyConnectionsOrNotReady"];
        };
    };
    ready: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description It takes work. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "notes": [],
                     *       "status": "ready"
                     *     }
                     */
                    "application/json": components["schemas"]["ReadinessBody"];
                };
            };
            400: components["responses"]["BadParameter"];
            403: components["responses"]["OriginNotAllowed"];
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            /** @description It does not; `detail` says why. Or: Too many connections. Or: Not ready. */
            503: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "Retry-After": components["headers"]["RetryAfter"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    /**
                     * @example {
                     *       "detail": "The first test run has not finished yet.",
                     *       "requestId": "0192d3a4-5b6c-7d8e-9f01-23456789abcd",
                     *       "status": 503,
                     *       "title": "Not ready",
                     *       "type": "urn:coderunner:not-ready"
                     *     }
                     */
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
        };
    };
    sharePage: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The key of the shared program. */
                key: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page for people. */
            200: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "text/html": string;
                };
            };
            400: components["responses"]["BadParameter"];
            401: components["responses"]["NotSignedIn"];
            403: components["responses"]["OriginNotAllowed"];
            /** @description There is no such share, or it has expired. */
            404: {
                headers: {
                    RateLimit: components["headers"]["RateLimit"];
                    "RateLimit-Policy": components["headers"]["RateLimitPolicy"];
                    "X-Request-ID": components["headers"]["RequestId"];
                    [name: string]: unknown;
                };
                content: {
                    "application/problem+json": components["schemas"]["ProblemDetails"];
                };
            };
            413: components["responses"]["BodyTooLarge"];
            /** @description The address is too long. */
            414: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            421: components["responses"]["HostNotAllowed"];
            429: components["responses"]["LimitExceeded"];
            /** @description The headers are too many or too large. */
            431: {
                headers: {
                    [name: string]: unknown;
                };
                content?: never;
            };
            500: components["responses"]["Internal"];
            503: components["responses"]["TooManyConnectionsOrNotReady"];
        };
    };
}
