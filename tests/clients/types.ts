// What the compiler is to find out about generated types.

// Whether two types are the same; `any` is the same as nothing else.
export type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

// Compiles only if the types are the same: holds<Same<A, B>>().
export function holds<Holds extends true>(...reasons: Holds[]): void {
  void reasons;
}

// @ts-expect-error This must not compile.
holds<Same<any, string>>();
