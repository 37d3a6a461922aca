// Nodes whose type is another one now. $ids: their ids.
// `OLD`, `NEW`: put in as text, node types.
UNWIND $ids AS id
MATCH (node:Clew {id: id})
REMOVE node:`OLD`
SET node:`NEW`
