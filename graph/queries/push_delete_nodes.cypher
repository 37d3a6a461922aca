// Nodes that the release lacks and that no edge is tied to. $ids: their ids.
UNWIND $ids AS id
MATCH (node:Clew {id: id})
DELETE node
