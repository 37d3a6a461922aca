// Make sure, within each transaction of a push, that no other push has taken over. Setting a property first takes the
// lock on the node, so that the comparison sees what holds until the transaction ends.
// $id: of the Release node; $push: the token of this push.
// One row if the graph is still ours, none if not.
MATCH (release:Clew:Release {id: $id})
SET release.held = true
WITH release
WHERE release.push = $push
RETURN release.id AS id
