/**
 * Transports: how the main connection is made on both sides, and what is traced of it.
 *
 * @see QEMU migration/socket.c, fd.c, exec.c, file.c, tls.c, channel.c and facts/precopy.md 1.2
 * @module
 */
import type { Scenario } from "../scenario/mod.ts";
import { COSTS } from "./calibration.ts";
import type { Thread } from "./kernel.ts";

/** What the traces call the transports' ends: a file, a pair of descriptors, a pair of commands. */
const FILE = "mig.bin";
const FD = { outgoing: 9, incoming: 5 } as const;
const EXEC = { outgoing: "/bin/sh -c cat > mig.fifo", incoming: "/bin/sh -c cat mig.fifo" } as const;
/** Pointers have no meaning in a model; these tell the channels apart in the trace. */
const IOC = { outgoing: 0x1000, incoming: 0x5000, tls: 0x100 } as const;

const IOCTYPES: Readonly<Record<Scenario["transport"], string>> = {
  "unix": "qio-channel-socket",
  "tcp": "qio-channel-socket",
  "fd": "qio-channel-socket",
  "fd-pipe": "qio-channel-file",
  "exec": "qio-channel-command",
  "file": "qio-channel-file",
};

/** How long each takes to connect; asked when it does, since costs may be set. */
const CONNECT_MICROS: Readonly<Record<Scenario["transport"], () => number>> = {
  "unix": () => COSTS.connectUnix,
  "tcp": () => COSTS.connectTcp,
  "fd": () => COSTS.step * 5,
  "fd-pipe": () => COSTS.step * 5,
  "exec": () => COSTS.connectExec,
  "file": () => COSTS.openFile,
};

/** Memory that is copied once more on its way. */
const BYTE_MICROS: Readonly<Partial<Record<Scenario["transport"], () => number>>> = {
  "fd-pipe": () => COSTS.pipeByte,
  "exec": () => COSTS.execByte,
};

/** The main connection of a scenario. */
export class Transport {
  readonly kind: Scenario["transport"];
  /** Whether the stream is stored first and loaded when the source is done. */
  readonly stored: boolean;
  /** Whether a command on the way compresses what is stored. */
  readonly compresses: boolean;
  /** What a byte takes on its way besides the destination's loading, in microseconds. */
  readonly byteMicros: number;
  /** What writing a byte takes the source besides. */
  readonly writeByteMicros: number;
  /** Whether a TLS session is laid over the sockets (parameter tls-creds). */
  readonly tls: boolean;

  constructor(scenario: Scenario) {
    this.kind = scenario.transport;
    this.stored = scenario.incoming_after_ms !== null;
    this.compresses = this.stored && scenario.link.compressor !== null;
    this.byteMicros = BYTE_MICROS[scenario.transport]?.() ?? 0;
    // A page that has its own place in the file is written by a call of its own, which has a cost of its own.
    const isStream = scenario.capabilities["mapped-ram"] !== true;
    this.writeByteMicros = scenario.transport === "file" && isStream ? COSTS.fileByte : 0;
    const creds = scenario.parameters["tls-creds"];
    this.tls = typeof creds === "string" && creds !== "";
  }

  /** The name that the source knows its peer by. */
  get hostname(): string {
    return this.kind === "tcp" ? "127.0.0.1" : "(null)";
  }

  /** QEMU's type of the channel below TLS. */
  get ioctype(): string {
    return IOCTYPES[this.kind];
  }

  /** How long the connection takes, in microseconds. */
  get connectMicros(): number {
    return CONNECT_MICROS[this.kind]();
  }

  /** The source connects: from the command to the channel that the stream is written to. */
  connect(thread: Thread): void {
    const { kind, hostname } = this;
    // A socket says when it is connected, the others when they start.
    if (kind === "fd" || kind === "fd-pipe") thread.trace("migration_fd_outgoing", { fd: FD.outgoing });
    else if (kind === "exec") thread.trace("migration_exec_outgoing", { cmd: EXEC.outgoing });
    else if (kind === "file") thread.trace("migration_file_outgoing", { filename: FILE });
    thread.spend(this.connectMicros);
    if (kind === "unix" || kind === "tcp") {
      thread.trace("migration_socket_outgoing_connected", { hostname });
      thread.spend(COSTS.step * 2);
    }
    const channel = { ioc: IOC.outgoing, ioctype: this.ioctype, hostname, err: 0 };
    thread.trace("migration_set_outgoing_channel", channel);
    if (!this.tls) return;
    thread.spend(COSTS.tlsStart);
    thread.trace("migration_tls_outgoing_handshake_start", { hostname });
    thread.spend(COSTS.tlsHandshake);
    thread.trace("migration_tls_outgoing_handshake_complete", {});
    thread.spend(COSTS.step * 2);
    const session = { ...channel, ioc: IOC.outgoing + IOC.tls, ioctype: "qio-channel-tls" };
    thread.trace("migration_set_outgoing_channel", session);
  }

  /**
   * A channel of multifd connects. With TLS the handshake's own thread takes it up again; the channel's thread stands for
   * that.
   */
  connectChannel(main: Thread, { id, thread }: { id: number; thread: Thread }): void {
    const { hostname, ioctype } = this;
    const ioc = IOC.outgoing * (2 + id);
    const tioc = ioc + IOC.tls;
    main.trace("multifd_new_send_channel_async", { id });
    main.spend(COSTS.step);
    main.trace("multifd_set_outgoing_channel", { ioc, ioctype, hostname, err: 0 });
    if (!this.tls) return;
    main.spend(COSTS.step * 10);
    main.trace("multifd_tls_outgoing_handshake_start", { ioc, tioc, hostname });
    thread.now = main.now + COSTS.tlsHandshake;
    thread.trace("multifd_new_send_channel_async", { id });
    thread.spend(COSTS.step);
    thread.trace("multifd_set_outgoing_channel", { ioc: tioc, ioctype: "qio-channel-tls", hostname, err: 0 });
    thread.spend(COSTS.step);
  }

  /** The destination gets ready for a connection. */
  listen(thread: Thread): void {
    switch (this.kind) {
      case "fd":
      case "fd-pipe":
        thread.trace("migration_fd_incoming", { fd: FD.incoming });
        break;
      case "exec":
        thread.trace("migration_exec_incoming", { cmd: EXEC.incoming });
        break;
      case "file":
        thread.trace("migration_file_incoming", { filename: FILE });
        break;
      case "unix":
      case "tcp":
        break;
    }
    thread.spend(COSTS.step * 10);
  }

  /** The destination takes the connection. */
  accept(thread: Thread): void {
    if (this.kind === "unix" || this.kind === "tcp") {
      thread.trace("migration_socket_incoming_accepted", {});
      thread.spend(COSTS.step * 4);
    }
    thread.trace("migration_set_incoming_channel", { ioc: IOC.incoming, ioctype: this.ioctype });
    if (!this.tls) return;
    thread.spend(COSTS.tlsStart);
    thread.trace("migration_tls_incoming_handshake_start", {});
    thread.spend(COSTS.tlsHandshake);
    thread.trace("migration_tls_incoming_handshake_complete", {});
    thread.spend(COSTS.step * 2);
    thread.trace("migration_set_incoming_channel", {
      ioc: IOC.incoming + IOC.tls,
      ioctype: "qio-channel-tls",
    });
  }
}
