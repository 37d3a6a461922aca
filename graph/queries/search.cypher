// Nodes that may be called so: those that are not go out where all stores decide alike. $words: in lower case.
// `LABEL`: put in as text, a node type, or Clew for all.
// Letters beyond ASCII can stand for others (an accent, a ligature): a text with such ones always comes.
// Rows: labels, properties (id and name among them).
MATCH (node:Clew:`LABEL`)
WHERE NOT node:Release
  AND any(text IN [node.name] + coalesce(node.synonyms, [])
          WHERE all(word IN $words WHERE toLower(text) CONTAINS word) OR NOT text =~ '[\\x00-\\x7F]*')
RETURN labels(node) AS labels, properties(node) AS properties
