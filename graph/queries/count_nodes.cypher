// How many nodes of Clew's there are. No parameters.
// One row: nodes.
MATCH (node:Clew)
WHERE NOT node:Release
RETURN count(node) AS nodes
