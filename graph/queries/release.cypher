// The release that this graph is a projection of. No parameters.
// One row: digest (text), state ('complete', or 'writing' during a push and after one that broke off).
MATCH (release:Clew:Release)
RETURN release.digest AS digest, release.state AS state
