/** What a visitor finds at home, by path. */

export const homeFiles: Readonly<Record<string, string>> = {
  'README.md': `# Hello

You are in a shell that never touches a disk or an operating system's process:
the SSH server, this shell and all files are JavaScript in memory.

Things to try:

    ls -l poems
    grep -n ocean poems/*.txt
    cat data/shells.csv | sort -t, -k3 -nr | head -3
    for n in 1 2 3; do echo tick $n; sleep 1; done      # ^C stops it
    connection                                          # what was negotiated
    pty                                                 # resize, and run it again

Commands of this server, beside those of the shell:

    zero MIB      write that many MiB of zeros
    sink          count the bytes of stdin
    sha256        print the SHA-256 of stdin
    exit-with N   end with exit status N
    die SIGNAL    end the session by a signal
    stderr TEXT   write TEXT to stderr
    pty           show the terminal and its modes
    connection    show algorithms, key and method of this connection

Everyone who is logged in sees the same files, until the server stops.
`,
  'poems/nacre.txt': `A grain of sand, a patient sea,
layer on layer, silently;
what scratched the shell is now a sphere:
the ocean keeps its light in here.
`,
  'poems/tide.txt': `The tide has no opinion of the shore.
It takes, it gives, it comes back for some more.
`,
  'data/shells.csv': `name,family,length_mm
abalone,Haliotidae,200
pearl oyster,Pteriidae,90
nautilus,Nautilidae,220
blue mussel,Mytilidae,70
top snail,Tegulidae,120
pen shell,Pinnidae,350
`,
  'data/tides.json': `{
  "harbour": "Nacre",
  "tides": [
    { "time": "03:12", "metres": 0.4 },
    { "time": "09:25", "metres": 3.1 },
    { "time": "15:38", "metres": 0.6 },
    { "time": "21:50", "metres": 2.9 }
  ]
}
`,
  'bin/hello.sh': `#!/bin/bash
echo "Hello, \${1:-world}!"
`,
};
