/** `make`, which gives the same result for the same object, and forgets it with the object. */
export function remembering<From extends object, To>(make: (from: From) => To): (from: From) => To {
  const made = new WeakMap<From, { readonly result: To }>();
  return (from) => {
    const known = made.get(from);
    if (known !== undefined) return known.result;
    const result = make(from);
    made.set(from, { result });
    return result;
  };
}
