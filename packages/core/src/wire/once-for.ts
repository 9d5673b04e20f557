/** Values derived once from an object and kept as long as it lives: much is shared by all connections of a server. */

/** Memoizes `make`, which is called once per value. */
export function onceFor<K extends object, V extends object>(make: (value: K) => V): (value: K) => V {
  const kept = new WeakMap<K, V>();
  return (value) => {
    let made = kept.get(value);
    if (made === undefined) kept.set(value, (made = make(value)));
    return made;
  };
}
