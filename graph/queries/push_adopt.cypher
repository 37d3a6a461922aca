// Nodes that left with an earlier release and come back with this one. $ids: of nodes of the release.
// Rows: id.
UNWIND $ids AS id
MATCH (node:ClewRetired {id: id})
WHERE NOT EXISTS { MATCH (:Clew {id: id}) }
SET node:Clew
REMOVE node:ClewRetired
RETURN node.id AS id
