/** What a question is asked from: a file, or a directory; absolute. */
export type Place = { importer: string; directory?: undefined } | { directory: string; importer?: undefined };

export type Kind = 'import' | 'require' | 'style';

export interface Asking {
  /** How it is imported; default `import`. */
  kind?: Kind;
  /** Look for type declarations. */
  types?: boolean;
  /** A profile by name; default `bundler`, or enhanced-resolve's defaults where there are options. */
  profile?: string;
  /** Resolve options, under enhanced-resolve's names. */
  options?: Record<string, unknown>;
}

export type From = Place & Asking;

export interface Answer {
  status: 'found' | 'builtin' | 'ignored' | 'failed';
  path: string | null;
  /** With its `?`. */
  query: string;
  /** With its `#`. */
  fragment: string;
  /** As `node:fs`. */
  builtin: string | null;
  format: 'module' | 'commonjs' | 'json' | 'wasm' | 'addon' | null;
  packageJson: string | null;
  sideEffects: boolean | null;
  error: { code: string; message: string; tried: string[] } | null;
}

export type Question = From & { specifier: string };

/** The answer now to a question that had another; `place` is its number in the subscription. */
export interface Change {
  place: number;
  question: Question;
  answer: Answer;
}

export interface Busted {
  answers: number;
  directories: number;
  manifests: number;
}

/** An answer and what it depends on, in absolute paths. */
export interface Dependencies {
  answer: Answer;
  /** What is there: files, links, manifests, tsconfigs. */
  files: string[];
  /** What was looked for and is not there. */
  missing: string[];
}

export type RouteKind = 'exact' | 'dynamic' | 'catch-all' | 'optional-catch-all';

/** A page as a route, its name as `/blog/[slug]`. */
export interface Route {
  name: string;
  kind: RouteKind;
  filePath: string;
}

/** The page for a URL, under the names of Bun's router. */
export interface MatchedRoute extends Route {
  /** The decoded path, with its query. */
  pathname: string;
  /** What the URL says, and the parameters, which come before it. */
  query: Record<string, string | string[]>;
  params: Record<string, string>;
  /** The page's path in the directory of pages, behind the origin and the prefix of assets. */
  src: string;
  scriptSrc: string;
}

export interface RoutesOptions {
  /** What pages end in, each with its dot; default: those of Bun's router. */
  extensions?: readonly string[];
  /** Throw where something is wrong with the pages, instead of giving the routes of before; default false. */
  reload?: boolean;
}

export interface MatchOptions {
  /** The directory of pages, absolute. */
  directory: string;
  extensions?: readonly string[];
  origin?: string;
  assetPrefix?: string;
}

export interface ClientOptions {
  /** Where the daemon listens; default: PROTOCOL.md, "Transport". */
  socket?: string;
  /** Milliseconds for which the daemon may be silent; default 10,000. */
  deadline?: number;
  /** Start a daemon where none answers; default true. */
  autostart?: boolean;
}

export interface AsyncClientOptions extends ClientOptions {
  /** The process may end while something is awaited; default false. */
  background?: boolean;
}

export interface SyncClientOptions extends ClientOptions {
  /** Read the answer table first, where koffi is installed; default true. */
  table?: boolean;
  /**
   * How many answers come out of the table before the kernel is asked to write into memory when there is news, which saves each
   * later answer a system call and lets the process end some 40 ms later; default 100,000. `Infinity`: never.
   */
  standsAfter?: number;
}

/** Asks without blocking; any number of questions may be under way. */
export class Client {
  constructor(options?: AsyncClientOptions);
  readonly socket: string;
  resolve(specifier: string, from: From): Promise<Answer>;
  resolveMany(questions: readonly Question[]): Promise<Answer[]>;
  /** As `resolveMany`, and told from then on when an answer is no longer so. */
  subscribe(questions?: readonly Question[]): Promise<Subscription>;
  explain(specifier: string, from: From): Promise<{ answer: Answer; steps: Array<{ depth: number; text: string }> }>;
  trace(specifier: string, from: From): Promise<Dependencies>;
  routes(directory: string, options?: RoutesOptions): Promise<Route[]>;
  matchRoute(url: string, options: MatchOptions): Promise<MatchedRoute | null>;
  bust(...paths: string[]): Promise<Busted>;
  bustAll(): Promise<Busted>;
  missing(path: string): Promise<Busted>;
  ping(): Promise<{ version: string; pid: number }>;
  close(): void;
}

/**
 * Answers that are held, on a connection of their own, which keeps the process alive until `close()` (unless in the `background`).
 * After a time away everything is asked again, and what differs is a change.
 */
export interface Subscription extends AsyncIterableIterator<Change[]> {
  /** What is held, by number. */
  readonly questions: ReadonlyArray<Question | undefined>;
  readonly answers: ReadonlyArray<Answer | undefined>;
  /** Hold more. Rejects where that is refused or nobody answers; then none of them is held. */
  add(questions: readonly Question[]): Promise<Answer[]>;
  /** Wait for changes. Rejects when no daemon answers; may be called again then. */
  next(): Promise<IteratorResult<Change[], undefined>>;
  close(): void;
}

/** Asks and waits, for no longer than the deadline. */
export class SyncClient {
  constructor(options?: SyncClientOptions);
  readonly socket: string;
  resolve(specifier: string, from: From): Answer;
  /** Many at once, over the socket: for a tool that knows what it will ask. */
  resolveMany(questions: readonly Question[]): Answer[];
  routes(directory: string, options?: RoutesOptions): Route[];
  matchRoute(url: string, options: MatchOptions): MatchedRoute | null;
  bust(...paths: string[]): Busted;
  bustAll(): Busted;
  missing(path: string): Busted;
  close(): void;
}

export type ErrorCode =
  | 'ERR_RESOLVERD_OFF'
  | 'ERR_RESOLVERD_UNAVAILABLE'
  | 'ERR_RESOLVERD_DEADLINE'
  | 'ERR_RESOLVERD_LOST'
  | 'ERR_RESOLVERD_REFUSED';

/** Why nothing could be asked; with each of these a tool's own resolver can answer instead. */
export class ResolverdError extends Error {
  readonly code: ErrorCode;
  /** The daemon's word for why it refused. */
  readonly refusal: string | null;
}

/** Connect, starting a daemon where none answers. */
export function connect(options?: AsyncClientOptions): Promise<Client>;
/** The same for tools that cannot wait; it is connected at the first question. */
export function connectSync(options?: SyncClientOptions): SyncClient;

// -- Bun's file-system router ----------------------------------------------------------------------------------------

export interface FileSystemRouterOptions {
  /** The directory of pages; a relative one is seen from the working directory. */
  dir: string;
  style: 'nextjs';
  origin?: string;
  /** Comes before `src`, where there is an origin. */
  assetPrefix?: string | null;
  /** What pages end in, each with its dot. */
  fileExtensions?: string[];
}

/** Bun's `FileSystemRouter`, whose answers are never stale, and right where Bun's are not (docs/ROUTES.md). */
export class FileSystemRouter {
  constructor(options: FileSystemRouterOptions);
  readonly style: 'nextjs';
  readonly origin: string | null;
  readonly assetPrefix: string | null;
  /** Files by the names of their routes. */
  readonly routes: Record<string, string>;
  match(input: string | Request | Response): MatchedRoute | null;
  /** Throw for what is wrong with the pages, whose routes of before stay in force. Nothing else needs it. */
  reload(): void;
}

// -- oxc-resolver's interface ---------------------------------------------------------------------------------------

export const EnforceExtension: Readonly<{ Auto: 0; Enabled: 1; Disabled: 2 }>;
export const ModuleType: Readonly<{ Module: 'module'; CommonJs: 'commonjs'; Json: 'json'; Wasm: 'wasm'; Addon: 'addon' }>;

/** oxc-resolver's options (`NapiResolveOptions`), and with them any other of the daemon's. */
export interface NapiResolveOptions {
  tsconfig?: 'auto' | { configFile: string; references?: 'auto' };
  alias?: Record<string, Array<string | undefined | null>>;
  aliasFields?: Array<string | string[]>;
  conditionNames?: string[];
  enforceExtension?: 0 | 1 | 2;
  exportsFields?: Array<string | string[]>;
  importsFields?: Array<string | string[]>;
  extensionAlias?: Record<string, string[]>;
  extensions?: string[];
  fallback?: Record<string, Array<string | undefined | null>>;
  fullySpecified?: boolean;
  mainFields?: string | string[];
  mainFiles?: string[];
  modules?: string | string[];
  resolveToContext?: boolean;
  preferRelative?: boolean;
  preferAbsolute?: boolean;
  restrictions?: Array<{ path?: string; regex?: string }>;
  roots?: string[];
  symlinks?: boolean;
  nodePath?: boolean;
  builtinModules?: boolean;
  moduleType?: boolean;
  allowPackageExportsInDirectoryResolve?: boolean;
}

export interface ResolveResult {
  path?: string;
  error?: string;
  builtin?: { resolved: string; isRuntimeModule: boolean };
  moduleType?: 'module' | 'commonjs' | 'json' | 'wasm' | 'addon';
  packageJsonPath?: string;
}

export class ResolverFactory {
  constructor(options?: NapiResolveOptions | null);
  static default(): ResolverFactory;
  cloneWithOptions(options: NapiResolveOptions): ResolverFactory;
  clearCache(): void;
  sync(directory: string, request: string): ResolveResult;
  async(directory: string, request: string): Promise<ResolveResult>;
  resolveFileSync(file: string, request: string): ResolveResult;
  resolveFileAsync(file: string, request: string): Promise<ResolveResult>;
  resolveDtsSync(file: string, request: string): ResolveResult;
  resolveDtsAsync(file: string, request: string): Promise<ResolveResult>;
}

export function sync(directory: string, request: string): ResolveResult;
