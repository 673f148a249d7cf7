/* SPDX-License-Identifier: MIT */
/* A session: one program being debugged, or one trace file being read. It is the only thing that panels share: run state,
   store, cursor and selection. Main thread only; signals are emitted there.

   The cursor is the event that is next to run. While the program lives and nobody has stepped back, the cursor is "live":
   behind the newest event, and what is next is what the program waits to do (lk_session_next). */
#pragma once
#include <gio/gio.h>
#include "debugger/store.h"

typedef enum
{
  LK_SESSION_EMPTY,         /* nothing is open */
  LK_SESSION_STARTING,      /* the program was started, no event yet */
  LK_SESSION_RUNNING,
  LK_SESSION_PAUSING,       /* asked to pause; it has not reached a gate yet */
  LK_SESSION_PAUSED,        /* at the gate */
  LK_SESSION_ENDED,         /* the program has ended; what it left can be looked at */
  LK_SESSION_FILE           /* a trace file */
} LkSessionState;

#define LK_TYPE_SESSION (lk_session_get_type ())
G_DECLARE_FINAL_TYPE (LkSession, lk_session, LK, SESSION, GObject)

/* Properties (all notify; read-only unless said):
     state           LkSessionState as int
     title           "digits.py", "" when empty
     path            of the program or trace file, (nullable)
     status          one sentence for the status bar: "Paused before MatMul, line 12", "Ended: killed by signal 11 (SIGSEGV)", …
     live            gboolean: the cursor is at the end
     cursor          guint64
     selected-tensor guint64, writable: tensor id, 0 none
     selected-event  guint64, writable: event, G_MAXUINT64 none
     selected-node   guint64, writable: graph << 32 | node, G_MAXUINT64 none
     selected-place  guint, writable: stack id whose line the source shows
   Signals:
     appended ()                  there are new events; at most once a frame
     moved ()                     cursor or state changed: what is next is different
     breakpoints-changed ()
*/
LkSession *lk_session_new (void);

/* Starts a program (Python, C source, or executable) that will wait before its first op, or opens a trace file. What was
   open is closed first. args (nullable), NULL-terminated. tf1: as a version 1 program. FALSE with error if it can't be
   started; the session is then empty. */
gboolean lk_session_open (LkSession *session, const char *path, const char *const *args, gboolean tf1, GError **error);
void lk_session_close (LkSession *session);         /* ends the child; the session is empty */
gboolean lk_session_restart (LkSession *session, GError **error);
gboolean lk_session_save (LkSession *session, const char *path, GError **error);    /* the trace, as a file */

LkStore *lk_session_store (LkSession *session);     /* (transfer none) (nullable) when empty */
LkSessionState lk_session_state (LkSession *session);
gboolean lk_session_live (LkSession *session);
guint64 lk_session_cursor (LkSession *session);
const char *lk_session_status (LkSession *session);
const char *lk_session_path (LkSession *session);   /* (nullable) */

/* What is next to run at the cursor: from the STOP when live, from the event at the cursor when in the past. */
typedef struct
{
  gboolean known;           /* FALSE while running, ended, or empty */
  guint8 kind;              /* LK_EVENT_OP, NODE, CALL or LINE */
  guint32 subject, stack, graph, node, call_kind;
  guint32 number;           /* CALL: see LkCallEvent */
  guint n_inputs;
  guint64 inputs[16];       /* the first of them */
  guint64 event;            /* in the past: the event; live: G_MAXUINT64 */
} LkNext;
void lk_session_next (LkSession *session, LkNext *next);

/* Stepping. Live, these open the gate; in the past they move the cursor, and reaching the end makes it live again. */
void lk_session_continue (LkSession *session);      /* in the past: to the next breakpoint, or live */
void lk_session_pause (LkSession *session);
void lk_session_stop (LkSession *session);          /* ends the program: SIGTERM, then SIGKILL after half a second */
void lk_session_step (LkSession *session, LkGoWhere where, LkUnit unit);
void lk_session_step_back (LkSession *session, LkGoWhere where, LkUnit unit);
void lk_session_continue_back (LkSession *session); /* to the previous breakpoint, or the beginning */
void lk_session_run_to_line (LkSession *session, const char *file, guint line);
void lk_session_go_to (LkSession *session, guint64 event);      /* moves the cursor into the past */
void lk_session_go_live (LkSession *session);

/* Can the action be done now? For the sensitivity of controls. */
typedef enum
{
  LK_ACTION_CONTINUE, LK_ACTION_PAUSE, LK_ACTION_STOP, LK_ACTION_RESTART, LK_ACTION_STEP, LK_ACTION_STEP_OUT,
  LK_ACTION_STEP_BACK, LK_ACTION_CONTINUE_BACK, LK_ACTION_GO_LIVE, LK_ACTION_SAVE
} LkAction;
gboolean lk_session_can (LkSession *session, LkAction action);
/* Is the item that is next a call that can be stepped into by its trace, its graph run, or both? */
void lk_session_into_choices (LkSession *session, gboolean *trace, gboolean *run);

/* Breakpoints: they outlive programs and are kept per path. */
typedef struct
{
  guint id;
  LkBreakKind kind;
  char *text;               /* LINE: file; OP, FUNCTION: name */
  guint line;
  gboolean enabled;
  gboolean verified;        /* the file was seen to have this line run or loaded */
  guint64 hits;
} LkBreakpoint;
guint lk_session_n_breakpoints (LkSession *session);
const LkBreakpoint *lk_session_breakpoint (LkSession *session, guint index);
guint lk_session_add_breakpoint (LkSession *session, LkBreakKind kind, const char *text, guint line);      /* its id */
void lk_session_remove_breakpoint (LkSession *session, guint id);
void lk_session_enable_breakpoint (LkSession *session, guint id, gboolean enabled);
void lk_session_toggle_line (LkSession *session, const char *file, guint line);
const LkBreakpoint *lk_session_line_breakpoint (LkSession *session, const char *file, guint line);         /* (nullable) */

/* Asks the program (see channel.h). The reply is JSON; an error when it is not at the gate or does not answer in 2 s. */
void lk_session_request_async (LkSession *session, const char *json, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer data);
char *lk_session_request_finish (LkSession *session, GAsyncResult *result, GError **error);     /* (transfer full) */
