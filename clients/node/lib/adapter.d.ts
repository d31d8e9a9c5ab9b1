/** What every adapter takes besides its own options. */
export interface AdapterOptions {
  /** Where the daemon listens; default: PROTOCOL.md, "Transport". */
  socket?: string;
  /** Milliseconds for which the daemon may be silent before the tool resolves by itself; default 2000. */
  deadline?: number;
  /** Start a daemon where none answers; default true. */
  autostart?: boolean;
}
