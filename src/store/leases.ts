/** Leases: what several processes on one store could all do, and one of them is to do. */

export interface Leases {
  /**
   * Takes the lease or, for its holder, renews it, to run for `forMs` from now by the store's clock. False while another
   * holds it. It keeps work from being done twice over and no more: a holder that was held up may find its lease gone
   * in the middle of something, so whatever is done under a lease must bear being repeated.
   */
  holdLease(name: string, holder: string, forMs: number): Promise<boolean>
  /** Gives the lease back, so that nobody has to wait for its end; nothing when another holds it. */
  releaseLease(name: string, holder: string): Promise<void>
}
