const mostNames = 60; // in one request; a file in a `[directory:NAME]` has two
const mostCharacters = 4000; // of file names in one request: servers bound the length of an address

/** The first of `all`, as many as one request for their sparklines may name by their files. */
export function ofOneRequest<Each>(all: readonly Each[], fileOf: (each: Each) => string): readonly Each[] {
  let [names, characters] = [0, 0];
  return all.slice(0, mostNames).filter((each, index) => {
    const file = fileOf(each);
    names += file.split('/').length;
    characters += encodeURIComponent(file).length;
    return index === 0 || (names <= mostNames && characters <= mostCharacters);
  });
}
