/* SPDX-License-Identifier: MIT */
/* The channel between a debugged program and its debugger: shared memory with a header, one event ring per thread of the
   program, and an arena of tensor buffers; and a socket for control. The debugger makes it and starts the program with
   LK_CHANNEL_ENV="SHARED_FD,ARENA_FD,SOCKET_FD" in its environment; the first process that attaches takes it. */
#pragma once
#include <glib.h>

#define LK_CHANNEL_ENV "LOCKSTEP_CHANNEL"
#define LK_CHANNEL_MAGIC 0x4b434f4cu                /* "LOCK" */
#define LK_CHANNEL_VERSION 1
#define LK_N_RINGS 64
#define LK_RING_PAD 255                             /* kind of a record that only fills the ring's end; size in bytes as usual;
                                                       it may be as short as 8 bytes, so no more of its header is there */

/* One producer, one consumer. head and tail count bytes since the beginning; a record never wraps. Over all rings, seq
   has no gaps: the reader takes the record with the next seq from whichever ring has it, and may wait for it as long as
   the program lives. Who moves tail looks at program_waits afterwards (with a full fence between); if it is 1, it is set
   to 0 and the futex is woken. Who finds all rings empty reads news, sets reader_waits to 1 (full fence), looks once more,
   and sleeps on news; the program sets reader_waits to 0 as it wakes. Futexes are shared ones, not FUTEX_PRIVATE. */
typedef struct
{
  guint64 head __attribute__ ((aligned (64)));      /* written by the program, release */
  guint64 tail __attribute__ ((aligned (64)));      /* written by the debugger, release */
  guint32 program_waits;                            /* futex: 1 while the program waits for room */
} LkRing;

typedef enum { LK_PROGRAM_NEW, LK_PROGRAM_RUNNING, LK_PROGRAM_AT_GATE, LK_PROGRAM_ENDED } LkProgramState;

/* At the start of the shared memory. Ring i's bytes begin at rings_offset + i * ring_size. */
typedef struct
{
  guint32 magic, version;
  guint64 size, arena_size;                         /* bytes of the two memories */
  guint64 rings_offset, ring_size;                  /* ring_size: a power of two, at least 8 KiB */
  /* Wishes, set by the debugger before the start. */
  guint32 stop_at_entry;                            /* wait before the first op, node or call */
  guint32 stop_at_error;                            /* wait when the program fails */
  guint32 health;                                   /* take health of every output */
  guint32 reserved;
  guint64 history;                                  /* bytes of past values that the program keeps alive */
  /* Facts, set by the program. */
  gint32 pid;                                       /* 0 until attached */
  guint32 state;                                    /* LkProgramState */
  guint32 n_rings;                                  /* rings taken so far */
  guint32 full_waits;                               /* times that a full ring made the program wait */
  guint64 seq;                                      /* next event's */
  guint64 overhead;                                 /* ns spent on health, emitting and waiting for room; not at the gate */
  guint64 arena_used, history_used;                 /* bytes */
  /* The debugger sleeps on this futex when all rings are empty; the program adds one and wakes it if reader_waits. */
  guint32 news __attribute__ ((aligned (64)));
  guint32 reader_waits;
  LkRing rings[LK_N_RINGS];
} LkShared;

/* Before each block of the arena. A reader copies the elements, then looks whether the stamp is still the event's. */
typedef struct
{
  guint32 stamp;                                    /* changes each time the block is given out or freed */
  guint32 reserved;
  guint64 size;                                     /* bytes of the block, without this header */
  guint64 unused[6];
} LkArenaBlock;                                     /* 64 bytes; the elements follow */

/* Control messages, SOCK_SEQPACKET: this header and the payload. */
typedef enum
{
  LK_CONTROL_GO,            /* to the program: open the gate; LkGo */
  LK_CONTROL_PAUSE,         /* to the program: wait at the next gate, or interrupt */
  LK_CONTROL_BREAKPOINTS,   /* to the program: the whole set, count × LkBreakpointRow */
  LK_CONTROL_REQUEST,       /* to the program: JSON, NUL-terminated */
  LK_CONTROL_REPLY          /* to the debugger: JSON, NUL-terminated, with the request's id */
} LkControlKind;

typedef struct
{
  guint32 kind, id, count, reserved;
} LkControl;

#define LK_CONTROL_MAX (192 * 1024)                 /* bytes of a message, at most */

typedef enum
{
  LK_GO_CONTINUE,
  LK_GO_OVER,               /* to the next item that is not inside this one */
  LK_GO_INTO,               /* to the next item, wherever */
  LK_GO_INTO_TRACE,         /* to the next item inside a TRACE call; if there is none, as OVER */
  LK_GO_INTO_RUN,           /* to the next item inside a RUN call; if there is none, as OVER */
  LK_GO_OUT,                /* to the next item after the enclosing call */
  LK_GO_ITERATION           /* to the next iteration of the enclosing loop, or after it; outside of loops, as OVER */
} LkGoWhere;

typedef enum { LK_UNIT_OP, LK_UNIT_LINE, LK_UNIT_STEP } LkUnit;      /* what an item is; STEP: a training step */

typedef struct
{
  guint32 where;            /* LkGoWhere */
  guint32 unit;             /* LkUnit */
  guint32 count;            /* that many times, at least 1 */
  guint32 line;             /* CONTINUE: also stop at this line of … , 0 none ("run to cursor") */
  char file[512];           /* … this file */
} LkGo;

typedef enum { LK_BREAK_LINE, LK_BREAK_OP, LK_BREAK_FUNCTION, LK_BREAK_NONFINITE, LK_BREAK_RETRACE } LkBreakKind;

typedef struct
{
  guint32 id, kind;         /* LkBreakKind */
  guint32 line, enabled;
  char text[512];           /* LINE: absolute path of the file; OP: op name; FUNCTION: function name */
} LkBreakpointRow;

/* Requests, as JSON objects with "do":
     {"do": "where"}                                  → {"stack": [{"file", "line", "function"}, …]} innermost first
     {"do": "locals", "frame": 0}                     → {"variables": [{"name", "type", "text", "tensor": id or 0}, …]}
     {"do": "evaluate", "frame": 0, "text": "x + 1"}  → {"text", "type", "tensor"}
   Errors: {"error": "what, where, and what was expected"}. */
