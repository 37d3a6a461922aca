// Nodes that the release lacks and to which somebody else's edges are tied: they stay, and are no longer Clew's.
// $ids: of nodes whose edges of Clew's are gone already.
// One row: retired (how many).
UNWIND $ids AS id
MATCH (node:Clew {id: id})
WHERE (node)--()
SET node:ClewRetired
REMOVE node:Clew
RETURN count(node) AS retired
