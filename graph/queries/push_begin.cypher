// Take the graph over for one push: from here on no other push may write, and no reader gets an answer.
// $id: of the Release node; $digest: of the release that is being written; $push: a token of this push alone.
MERGE (release:Clew:Release {id: $id})
SET release.name = 'Release', release.digest = $digest, release.state = 'writing', release.push = $push
