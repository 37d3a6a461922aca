// Therapies for a tumour profile as one query: statements on the genes and markers, in the disease, its ancestors or
// kinds, with therapy, guideline rows against it, and how far the disease is.
// $genes: symbols and marker names. $diseases: ids of the diagnosis.
// Rows: therapy, direction, strength, statements, excluded.
MATCH (anchor:Clew)<-[:IN_GENE|OF_MARKER]-(criterion:Clew)
WHERE (anchor:Gene OR anchor:Marker) AND anchor.name IN $genes
WITH DISTINCT criterion
MATCH (criterion)-[:IN_PROFILE|ABSENT_FROM_PROFILE]->(profile:MolecularProfile)-[:SUBJECT_OF]->(s:Statement)
WITH DISTINCT s
MATCH (s)-[towards:PREDICTS_SENSITIVITY_TO|PREDICTS_RESISTANCE_TO|PREDICTS_NO_BENEFIT_OF]->(t:Therapy)
OPTIONAL MATCH (d:Disease)-[:CONDITION_OF]->(s)
OPTIONAL MATCH way = (mine:Disease)-[:IS_A|MAPS_TO*0..8]->(d) WHERE mine.id IN $diseases
WITH t, s, type(towards) AS direction, min(length(way)) AS far
OPTIONAL MATCH (t)-[:HAS_COMPONENT]->(:Drug)<-[:EXCLUDES]-(row:GuidelineRow)
WITH t, direction, s, far, collect(DISTINCT row.id) AS excluded
RETURN t.name AS therapy, direction, min(s.strength) AS strength, collect(DISTINCT s.record) AS statements,
       min(far) AS far, excluded
ORDER BY far, strength, therapy
