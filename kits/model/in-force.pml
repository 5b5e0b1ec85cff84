/*
 * In force means in force: the protocol of docs/consistency.md and docs/adr/0013-epochs-and-clocks.md, small enough to be
 * tried in every order of its steps.
 *
 * One flag of one meter; one gateway; a primary (OLD) and the standby that is promoted (NEW). All other gateways count as
 * having applied and reported everything: they could only put "in force" off. Each arrow of the protocol is a step of its own,
 * so every answer may be late, lost or overtaken, and every call may reach either server. A question and its reading by the
 * server are one step: the gateway counts from when it asked, and a later reading would only show it more. Time goes by in
 * ticks of one lease; all timers count down together and end at 0. What must hold stands in `read`.
 *
 * A define puts a fault in (FAILS_OVER, ASYNC, UNFENCED, QUORUM_LEFT, RESTARTS, TWINS, CLOCKS, JUMPS) or takes a rule out (all
 * others); runs.ts has what must come of each. docs/consistency.md says where each step is in the code.
 */
#define OLD 0
#define NEW 1

#define LEASE 1          /* a gateway trusts itself, and its cache, so long after it asked */
#define TERM (3 * LEASE) /* the store waits for it so long after it took a report */
#ifndef JUMP
#ifdef JUMPS
#define JUMP LEASE       /* the store's clock jumps ahead, once */
#else
#define JUMP 0
#endif
#endif
#define FENCED_WITHIN (TERM - LEASE - JUMP) /* ASYNC: of the begin of the new epoch */

#define NOTHING 0        /* what the cache holds of the meter: neither index nor record, or one of them */
#define CLEAR 1
#define RESTRICTED 2

#define NONE 0           /* what is on its way to the store, or its answer */
#define REPORT 1
#define BEAT 2
#define GOODBYE 3
#define ANSWER 4

#define UNKNOWN 9        /* no instance: the store has no row of this gateway */
#define TWIN 8           /* another process of the same name, on another host */

typedef Server { byte sequence, flag_at, row_sequence, row_instance, row_live, hold }
Server server[2];
bit promoted, begun, fenced, told, jumped, restarted;
byte common = 9;         /* up to this change both servers have one history */
byte fence_left, begins_in, begun_for;

/* The gateway. */
byte instance, epoch, trust, fresh, covered, held, behind;
byte joined, applied, origin;                               /* the last change applied, and the server that told it */
byte poll, poll_from, poll_sequence, poll_left, poll_covered;
byte load, load_from, load_held, overtaken, untold;
byte call, call_to, call_sequence, call_epoch, call_left;
byte late_sequence, late_epoch;                             /* what calls of the process before may still say */

#define down(timer, by) timer = (timer > by -> timer - by : 0)

/* ---- Servers: what is assumed of PostgreSQL ---- */

#define answers(at) (at == OLD -> !fenced : begun)
#if defined(ASYNC) || defined(QUORUM_LEFT)
#define commits(at) answers(at)
#else                    /* ANY 1 (NEW): what OLD commits waits for a standby that it has no more */
#define commits(at) (at == OLD -> !promoted : begun)
#endif

inline promote() {
  server[NEW].sequence = server[OLD].sequence; server[NEW].row_sequence = server[OLD].row_sequence;
  server[NEW].row_instance = server[OLD].row_instance; server[NEW].row_live = server[OLD].row_live;
#ifdef ASYNC             /* the newest changes and reports may be lost: no protocol keeps them */
  if :: server[NEW].sequence = 0 :: true fi;
  if :: server[NEW].row_live = 0; server[NEW].row_instance = UNKNOWN :: true fi;
#endif
  server[NEW].flag_at = (server[OLD].flag_at <= server[NEW].sequence -> server[OLD].flag_at : 0);
  told = told && server[NEW].flag_at > 0;
  promoted = 1; common = server[NEW].sequence;
  forget_row(OLD)
}

/* ---- The store: what a server does with its tables ---- */

inline begin_epoch() {
  begun = 1; fence_left = FENCED_WITHIN;
  server[NEW].row_sequence = 0; server[NEW].row_live = (server[NEW].row_live > 0 -> TERM : 0);
#ifndef NO_HOLD
  server[NEW].hold = TERM
#endif
}
inline change(at) {      /* sets the flag, or changes another meter */
  server[at].sequence++;
  if
  :: server[at].flag_at = server[at].sequence; begun_for = 0;
#ifdef CLOCKS
     if :: begins_in = 0 :: begins_in = 1 fi
#endif
  :: true
  fi
}
#define is_waited_for(at) (server[at].row_live > 0 && server[at].row_sequence < server[at].flag_at)
#define confirms(at) (commits(at) && server[at].hold == 0 && server[at].flag_at > 0 && !is_waited_for(at))
#define goes_on(at) (at == promoted || server[at].flag_at <= common)  /* in the history that is not lost */

inline confirm() { told = 1; forget_row(OLD); forget_row(NEW) }

#ifdef NO_ORDER
#define started_after(who, other) true
#else
#define started_after(who, other) (who > other)
#endif
/* A name is of one process while that is live, or of one that was started later where the one before must have ended. */
#define took_place_of(who, other) (who != TWIN && other != TWIN && started_after(who, other))
#ifdef NO_INSTANCE
#define takes(at, what, who) (what != BEAT || server[at].row_instance != UNKNOWN)
#else
#define takes(at, what, who) (server[at].row_instance == who || \
  what != BEAT && (server[at].row_live == 0 || took_place_of(who, server[at].row_instance)))
#endif

/* Nothing that this server can still confirm is in the history that goes on; to have fewer states. */
inline forget_row(at) {
#ifdef FAILS_OVER
  if
  :: told || promoted && at == OLD && (server[OLD].flag_at == 0 || !goes_on(OLD)) ->
    server[at].row_live = 0; server[at].row_sequence = 0
  :: else
  fi
#else
  skip
#endif
}
inline take(at, what, who, its_sequence, its_epoch) {
  if
  :: what == BEAT
#ifdef NO_EPOCH_IN_REPORTS
  :: else -> server[at].row_sequence = (its_sequence <= server[at].sequence -> its_sequence : 0)
#else
  :: else -> server[at].row_sequence = (its_sequence <= server[at].sequence && its_epoch == at -> its_sequence : 0)
#endif
  fi;
  server[at].row_live = (what == GOODBYE -> 0 : TERM); server[at].row_instance = who;
  forget_row(at)
}

/* ---- The gateway ---- */

#ifdef NO_LEASE
#define is_fresh (fresh > 0)
#else
#define is_fresh (fresh > 0 && trust > 0 && covered)
#endif
#ifdef NO_BREAK
#define is_unbroken true
#else
#define is_unbroken (trust > 0)     /* what was in step before it was waited for anew may lack what is in force */
#endif
#ifdef NO_EPOCH_IN_ANSWERS
#define is_older(from) false
#define is_later(from) false
#else
#define is_older(from) (from < epoch)
#define is_later(from) (from > epoch)
#endif
#ifdef KEEPS_OVERTAKEN
#define is_overtaken false
#else
#define is_overtaken overtaken
#endif
#ifdef OWN_CLOCK
#define has_begun (begun_for >= behind)
#else
#define has_begun (begins_in == 0)  /* by the store's clock, which a poll within the lease has shown */
#endif
#ifdef NO_CLOCK_BOUND
#define is_far_behind false
#else
#define is_far_behind (behind > 1)
#endif
#define follows(from) (poll_sequence >= applied && (origin == from || applied <= common))

inline choose(at) { if :: answers(OLD) && !is_older(OLD) -> at = OLD :: answers(NEW) -> at = NEW fi }
inline forget_cache() { held = NOTHING; overtaken = load }
inline see(from) {       /* a later epoch: neither waited for nor in step */
  if
  :: is_later(from) -> epoch = from; trust = 0; fresh = 0; covered = 0; poll_covered = 0; forget_cache()
  :: else
  fi
}

inline read() {
  if
  :: held == CLEAR || !has_begun -> assert(!(told && begins_in == 0))  /* let through */
  :: else
  fi
}
inline ask_record() {
  choose(load_from);
  load = 1; load_held = (server[load_from].flag_at > 0 -> RESTRICTED : CLEAR)
}
inline take_record() {
  if
  :: is_overtaken || is_older(load_from)
  :: else -> see(load_from); held = load_held
  fi;
  load = 0; overtaken = 0; load_from = 0; load_held = 0
}
inline ask_changes() {
  choose(poll_from);
  poll = 1; poll_sequence = server[poll_from].sequence; poll_left = LEASE; poll_covered = is_unbroken
}
inline apply_changes() {
  if
  :: is_older(poll_from)
  :: else ->
    see(poll_from);
    if
    :: joined && !follows(poll_from) ->  /* refused until an operator accepts, which may be at once */
      joined = 0; applied = 0; origin = 0; fresh = 0; covered = 0; forget_cache()
    :: else ->
      if
#ifdef REPORT_FIRST
      :: poll_sequence > applied -> untold = 1
#else
      :: !joined || poll_sequence > applied -> forget_cache()
#endif
      :: else
      fi;
      joined = 1; applied = poll_sequence; origin = (applied > 0 -> poll_from : 0); fresh = poll_left; covered = poll_covered
    fi
  fi;
  poll = 0; poll_from = 0; poll_sequence = 0; poll_left = 0; poll_covered = 0
}
inline send() {
  choose(call_to);
  call_left = LEASE;
  if
  :: call = BEAT
  :: call = REPORT; call_sequence = (is_far_behind -> 0 : applied); call_epoch = origin
  fi
}
inline hear() {          /* that the store has taken it */
  if
  :: is_older(call_to)
  :: else ->
    see(call_to);
    trust = (call_left > trust -> call_left : trust)
  fi;
  hang_up()
}
inline hang_up() { call = NONE; call_to = 0; call_sequence = 0; call_epoch = 0; call_left = 0 }
inline restart() {       /* what it has sent may still arrive; the new process remembers nothing */
  late_sequence = applied; late_epoch = origin;
  joined = 0; applied = 0; origin = 0; epoch = 0; trust = 0; fresh = 0; covered = 0; held = NOTHING;
  poll = 0; poll_from = 0; poll_sequence = 0; poll_left = 0; poll_covered = 0;
  load = 0; load_from = 0; load_held = 0; overtaken = 0;
  hang_up();
  restarted = 1; instance = 1
}

active proctype Gateway() {
  end: do
  :: atomic { is_fresh && held != NOTHING -> read() }
#ifdef REACHES           /* shows that it comes so far that a read is stopped, after in force, in this epoch */
  :: atomic { is_fresh && held == RESTRICTED && has_begun && told && epoch == REACHES -> assert(false) }
#endif
  :: atomic { held == NOTHING && !load -> ask_record() }
  :: atomic { load -> take_record() }
  :: atomic { !poll -> ask_changes() }
  :: atomic { poll -> apply_changes() }
  :: atomic { untold -> untold = 0; forget_cache() }
  :: atomic { call == NONE -> send() }
  :: atomic { call == ANSWER -> hear() }
  :: atomic { call != NONE -> hang_up() }  /* lost on either way, or given up */
#ifdef RESTARTS
  :: atomic { !restarted -> restart() }
#endif
  od
}

active proctype Store() {
  server[OLD].row_instance = UNKNOWN; server[NEW].row_instance = UNKNOWN;
  end: do
  :: atomic { commits(OLD) && server[OLD].sequence == 0 -> change(OLD) }
  :: atomic { commits(NEW) && server[NEW].sequence == 0 -> change(NEW) }
  :: atomic { confirms(OLD) && goes_on(OLD) && !told -> confirm() }
  :: atomic { confirms(NEW) && !told -> confirm() }
  :: atomic { call != NONE && call != ANSWER && commits(call_to) && takes(call_to, call, instance) ->
      take(call_to, call, instance, call_sequence, call_epoch); call = ANSWER }
#ifdef RESTARTS
  :: atomic { restarted && commits(OLD) && takes(OLD, REPORT, 0) -> take(OLD, REPORT, 0, late_sequence, late_epoch) }
  :: atomic { restarted && commits(OLD) && takes(OLD, GOODBYE, 0) -> take(OLD, GOODBYE, 0, late_sequence, late_epoch) }
#endif
#ifdef TWINS             /* the twin has applied everything */
  :: atomic { takes(OLD, REPORT, TWIN) -> take(OLD, REPORT, TWIN, server[OLD].sequence, OLD) }
#endif
  od
}

inline tick() {
  begun_for = (server[promoted].flag_at > 0 && begins_in == 0 && begun_for < 2 -> begun_for + 1 : begun_for);
  down(begins_in, 1); down(fence_left, 1);
  down(server[OLD].row_live, 1); down(server[NEW].row_live, 1); down(server[NEW].hold, 1);
  down(fresh, 1); down(trust, 1); down(poll_left, 1); down(call_left, 1);
  if :: !is_unbroken -> covered = 0; poll_covered = 0 :: else fi
}
inline jump() {
  jumped = 1;
  down(server[OLD].row_live, JUMP); down(server[NEW].row_live, JUMP); down(server[NEW].hold, JUMP)
}

active proctype World() {
#ifdef CLOCKS
  if :: behind = 1 :: behind = 2 fi;
#endif
  end: do
#if defined(ASYNC) && !defined(UNFENCED)
  :: atomic { begun && !fenced -> fenced = 1; forget_row(OLD) }
  :: atomic { !begun || fenced || fence_left > 0 -> tick() }
#else
  :: atomic { true -> tick() }
#endif
#ifdef FAILS_OVER
#ifdef ASYNC             /* what comes between the two is lost with the rest */
  :: atomic { !promoted -> promote(); begin_epoch() }
#else
  :: atomic { !promoted -> promote() }
  :: atomic { promoted && !begun -> begin_epoch() }
#endif
#endif
#ifdef JUMPS
  :: atomic { !jumped -> jump() }
#endif
  od
}
