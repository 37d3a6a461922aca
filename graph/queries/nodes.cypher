// Every node of Clew's, for a comparison with the release. No parameters.
// Rows: labels, properties (id and name among them).
MATCH (node:Clew)
WHERE node.id IS NOT NULL AND NOT node:Release
RETURN labels(node) AS labels, properties(node) AS properties
