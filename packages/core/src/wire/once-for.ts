/** What is made of a value once and kept as long as that is there: much is the same for all connections of a server. */

/** `make`, which is asked once for each value. */
export function onceFor<K extends object, V extends object>(make: (value: K) => V): (value: K) => V {
  const kept = new WeakMap<K, V>();
  return (value) => {
    let made = kept.get(value);
    if (made === undefined) kept.set(value, (made = make(value)));
    return made;
  };
}
