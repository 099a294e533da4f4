/** Leases: work that only one process of an installation may do at a time, on the database's clock. */

export type LeasePort = {
  /** Takes the lease, or makes one's own last longer. False while somebody else holds it. */
  hold(name: string, options: { readonly holder: string; readonly leaseMs: number }): Promise<boolean>;
  release(name: string, holder: string): Promise<void>;
};
