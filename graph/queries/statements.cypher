// The statements that come into question for a patient.
// $anchors: ids of the Genes and Markers of the findings, and of the patient's Disease with its ancestors.
// Rows: id.
// Each step is made distinct: many records state the same edge, and their number would multiply from step to step.
UNWIND $anchors AS anchor
MATCH (:Clew {id: anchor})<-[:IN_GENE|OF_MARKER]-(criterion:Clew)
WITH DISTINCT criterion
MATCH (criterion)-[:IN_PROFILE|ABSENT_FROM_PROFILE]->(profile:Clew)
WITH DISTINCT profile
MATCH (profile)-[:SUBJECT_OF]->(found:Clew:Statement)
RETURN DISTINCT found.id AS id
UNION
UNWIND $anchors AS anchor
MATCH (:Clew {id: anchor})-[:CONDITION_OF]->(found:Clew:Statement)
WHERE found.absence_only
RETURN DISTINCT found.id AS id
