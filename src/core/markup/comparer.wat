;; Compares a message with a skeleton, sixteen bytes at a time. `comparer.ts` says what each function is for and puts the bytes
;; in; `npm run markup-code` compiles this into `comparer-code.ts`. Loads may read up to fifteen bytes beyond what is compared,
;; which is always within the memory; what they find there is masked out.
(module
  ;; Two pages: spans, a skeleton (where its slots stand, then its literals) and the message, where `comparer.ts` says.
  (memory (export "memory") 2)
  (global $SPANS i32 (i32.const 0))
  (global $SKELETON i32 (i32.const 8192))
  (global $MESSAGE i32 (i32.const 49152))

  ;; Whether two runs of bytes are the same.
  (func $isSame (param $one i32) (param $other i32) (param $length i32) (result i32)
    (loop $next
      (if (i32.ge_s (local.get $length) (i32.const 16))
        (then
          (if (i32.eqz (i8x16.all_true (i8x16.eq (v128.load (local.get $one)) (v128.load (local.get $other)))))
            (then (return (i32.const 0))))
          (local.set $one (i32.add (local.get $one) (i32.const 16)))
          (local.set $other (i32.add (local.get $other) (i32.const 16)))
          (local.set $length (i32.sub (local.get $length) (i32.const 16)))
          (br $next))))
    (i32.eqz
      (i32.and
        (i8x16.bitmask (i8x16.ne (v128.load (local.get $one)) (v128.load (local.get $other))))
        (i32.sub (i32.shl (i32.const 1) (local.get $length)) (i32.const 1)))))

  ;; One bit for each of the sixteen bytes that may not stand in a slot: all but TAB, LF, CR and 20 to 7F without < > & ].
  (func $notInSlot (param $bytes v128) (result i32)
    (i8x16.bitmask
      (v128.or
        (v128.andnot
          ;; Signed: 80 to FF are below 20 as well.
          (i8x16.lt_s (local.get $bytes) (i8x16.splat (i32.const 0x20)))
          (v128.or
            (v128.or
              (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x09)))
              (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x0a))))
            (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x0d)))))
        (v128.or
          (v128.or
            (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x3c)))
            (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x3e))))
          (v128.or
            (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x26)))
            (i8x16.eq (local.get $bytes) (i8x16.splat (i32.const 0x5d))))))))

  ;; The first byte from $at on that may not stand in a slot, or $end.
  (func $slotEnd (param $at i32) (param $end i32) (result i32)
    (local $stops i32)
    (loop $next
      (local.set $stops (call $notInSlot (v128.load (local.get $at))))
      (if (i32.eqz (local.get $stops))
        (then
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br_if $next (i32.lt_s (local.get $at) (local.get $end)))
          (return (local.get $end)))))
    (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $stops))))
    (select (local.get $at) (local.get $end) (i32.lt_s (local.get $at) (local.get $end))))

  ;; How far the message fits: all of $length when it is the skeleton with other values.
  (func (export "fit") (param $length i32) (param $slots i32) (param $literalBytes i32) (result i32)
    (local $at i32) (local $end i32) (local $slot i32) (local $literals i32) (local $literal i32) (local $span i32) (local $run i32)
    (local.set $at (global.get $MESSAGE))
    (local.set $end (i32.add (local.get $at) (local.get $length)))
    (local.set $slot (global.get $SKELETON))
    (local.set $literals (i32.add (local.get $slot) (i32.shl (local.get $slots) (i32.const 2))))
    (local.set $literal (local.get $literals))
    (local.set $span (global.get $SPANS))
    (block $misfit
      (loop $next
        (if (i32.lt_s (local.get $slot) (local.get $literals))
          (then
            (local.set $run
              (i32.sub (i32.add (i32.load (local.get $slot)) (local.get $literals)) (local.get $literal)))
            (br_if $misfit (i32.gt_s (i32.add (local.get $at) (local.get $run)) (local.get $end)))
            (br_if $misfit (i32.eqz (call $isSame (local.get $at) (local.get $literal) (local.get $run))))
            (local.set $at (i32.add (local.get $at) (local.get $run)))
            (local.set $literal (i32.add (local.get $literal) (local.get $run)))
            (i32.store (local.get $span) (i32.sub (local.get $at) (global.get $MESSAGE)))
            (local.set $at (call $slotEnd (local.get $at) (local.get $end)))
            (i32.store offset=4 (local.get $span) (i32.sub (local.get $at) (global.get $MESSAGE)))
            (if (i32.eq (local.get $at) (local.get $end))
              (then (return (i32.sub (local.get $length) (i32.const 1)))))
            (br_if $misfit (i32.ne (i32.load8_u (local.get $at)) (i32.const 0x3c)))
            (local.set $slot (i32.add (local.get $slot) (i32.const 4)))
            (local.set $span (i32.add (local.get $span) (i32.const 8)))
            (br $next))))
      (local.set $run
        (i32.sub (i32.add (local.get $literals) (local.get $literalBytes)) (local.get $literal)))
      (br_if $misfit (i32.ne (i32.add (local.get $at) (local.get $run)) (local.get $end)))
      (br_if $misfit (i32.eqz (call $isSame (local.get $at) (local.get $literal) (local.get $run))))
      (return (local.get $length)))
    (i32.sub (local.get $at) (global.get $MESSAGE)))

  ;; The place of the $count-th `<` of the message from $at on, and before $stop; -1 when there are fewer.
  (func (export "tag") (param $at i32) (param $stop i32) (param $count i32) (result i32)
    (local $marks i32)
    (loop $block
      (if (i32.ge_s (local.get $at) (local.get $stop)) (then (return (i32.const -1))))
      (local.set $marks
        (i8x16.bitmask
          (i8x16.eq
            (v128.load (i32.add (local.get $at) (global.get $MESSAGE)))
            (i8x16.splat (i32.const 0x3c)))))
      (if (i32.lt_s (i32.popcnt (local.get $marks)) (local.get $count))
        (then
          (local.set $count (i32.sub (local.get $count) (i32.popcnt (local.get $marks))))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $block))))
    (loop $mark
      (local.set $count (i32.sub (local.get $count) (i32.const 1)))
      (if (local.get $count)
        (then
          (local.set $marks (i32.and (local.get $marks) (i32.sub (local.get $marks) (i32.const 1))))
          (br $mark))))
    (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $marks))))
    (select (local.get $at) (i32.const -1) (i32.lt_s (local.get $at) (local.get $stop))))

  ;; The place of the first `Body>` of the message; -1 when there is none.
  (func (export "body") (param $length i32) (result i32)
    (local $at i32) (local $end i32) (local $marks i32)
    (local.set $at (global.get $MESSAGE))
    (local.set $end (i32.add (local.get $at) (i32.sub (local.get $length) (i32.const 4))))
    (loop $block
      (if (i32.ge_s (local.get $at) (local.get $end)) (then (return (i32.const -1))))
      (local.set $marks
        (i8x16.bitmask (i8x16.eq (v128.load (local.get $at)) (i8x16.splat (i32.const 0x42)))))
      (loop $mark
        (if (local.get $marks)
          (then
            (if (i32.eq
                  (i32.load offset=1 (i32.add (local.get $at) (i32.ctz (local.get $marks))))
                  ;; o d y > as it stands in memory
                  (i32.const 0x3e79646f))
              (then
                (local.set $at (i32.add (local.get $at) (i32.ctz (local.get $marks))))
                (return
                  (select
                    (i32.sub (local.get $at) (global.get $MESSAGE))
                    (i32.const -1)
                    (i32.lt_s (local.get $at) (local.get $end))))))
            (local.set $marks (i32.and (local.get $marks) (i32.sub (local.get $marks) (i32.const 1))))
            (br $mark))))
      (local.set $at (i32.add (local.get $at) (i32.const 16)))
      (br $block))
    (unreachable))

  ;; A hash of all tags of the message: of each the byte $byte places behind its `<`.
  (func (export "tags") (param $length i32) (param $byte i32) (result i32)
    (local $at i32) (local $end i32) (local $marks i32) (local $hash i32)
    (local.set $at (global.get $MESSAGE))
    (local.set $end (i32.sub (i32.add (local.get $at) (local.get $length)) (local.get $byte)))
    (loop $block
      (if (i32.lt_s (local.get $at) (local.get $end))
        (then
          (local.set $marks
            (i8x16.bitmask (i8x16.eq (v128.load (local.get $at)) (i8x16.splat (i32.const 0x3c)))))
          (loop $mark
            (if (local.get $marks)
              (then
                (if (i32.ge_s (i32.add (local.get $at) (i32.ctz (local.get $marks))) (local.get $end))
                  (then (return (local.get $hash))))
                (local.set $hash
                  (i32.add
                    (i32.mul (local.get $hash) (i32.const 31))
                    (i32.load8_u
                      (i32.add (local.get $byte) (i32.add (local.get $at) (i32.ctz (local.get $marks)))))))
                (local.set $marks (i32.and (local.get $marks) (i32.sub (local.get $marks) (i32.const 1))))
                (br $mark))))
          (local.set $at (i32.add (local.get $at) (i32.const 16)))
          (br $block))))
    (local.get $hash))
)
