"""The meaning of guideline rows a second time, as an answer set program: written from DESIGN, not from our code.

``Program`` turns tables and patients into facts, one clingo call answers for all of them. Nothing is chosen in the
program, so it has one answer set, and every truth value is derived: ``true``, ``false``, ``unknown``, and for facts
that contradict each other ``disputed``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import clingo

from graph.claims import All, Condition, Criterion, Expression, GuidelineRow, Is, Not
from graph.patient import Finding, Profile

RULES = """
% Cases. patient(P, T): patient P is asked about table T. row(R, T, Kind). Everything of a table has ids of its own.
pair(P, R) :- patient(P, T), row(R, T, _).
limit(R) :- row(R, _, exclude).
limit(R) :- row(R, _, require).
limit(R) :- row(R, _, caution).

% ---- Facts. A change at a codon makes others there tested-absent; what was not understood leaves a gene open. --------
change(P, G) :- change(P, _, G, _, _).
contradicted(P, G) :- wild(P, G), change(P, G).
open_gene(P, G) :- unread(P, G).
open_gene(P, G) :- change(P, F, G, _, _), uncertain(P, F).
absent(P, G) :- wild(P, G), not open_gene(P, G).
absent(P, G) :- covered(P, G), not open_gene(P, G).

asks(P, C) :- pair(P, R), inside(R, N), leaf(N, C).

% met(P, C, F): finding F satisfies criterion C. may(P, C): a finding may. ruled_out(P, C): another finding excludes it.
met(P, C, F) :- asks(P, C), exact(C, G, K, A), change(P, F, G, K, A).
ruled_out(P, C) :- asks(P, C), exact(C, G, K, A), change(P, _, G, K, B), B != A.
met(P, C, F) :- asks(P, C), codon(C, G, K), change(P, F, G, K, _), not uncertain(P, F).
may(P, C) :- asks(P, C), codon(C, G, K), change(P, F, G, K, _), uncertain(P, F).
met(P, C, F) :- asks(P, C), mutation(C, G), change(P, F, G, _, _), oncogenic(P, F).
may(P, C) :- asks(P, C), mutation(C, G), change(P, F, G, _, _), not oncogenic(P, F).
of(C, G) :- exact(C, G, _, _).
of(C, G) :- codon(C, G, _).
of(C, G) :- mutation(C, G).
met(P, C) :- met(P, C, _).

status(C) :- asks_status(C, _, _).
met(P, C, F) :- asks(P, C), asks_status(C, M, S), status(P, F, M, S).
ruled_out(P, C) :- asks(P, C), asks_status(C, M, S), status(P, _, M, Z), Z != S.
status(C) :- asks_value(C, _, _, _).
met(P, C, F) :- asks(P, C), asks_value(C, M, S, V), value(P, F, M, S, W), W >= V.
ruled_out(P, C) :- asks(P, C), asks_value(C, M, S, V), value(P, _, M, S, W), W < V.
may(P, C) :- asks(P, C), asks_value(C, M, S, _), value(P, _, M, Z, _), Z != S.

doubtful(P, C) :- of(C, G), contradicted(P, G), asks(P, C).
doubtful(P, C) :- status(C), met(P, C), ruled_out(P, C).

plain(C) :- of(C, _).
plain(C) :- status(C).
is(P, C, true) :- plain(C), met(P, C), not doubtful(P, C).
is(P, C, disputed) :- plain(C), met(P, C), doubtful(P, C).
is(P, C, false) :- plain(C), ruled_out(P, C), not met(P, C), not may(P, C).
is(P, C, false) :- asks(P, C), of(C, G), absent(P, G), not met(P, C), not may(P, C).

any_change(P, G, true) :- change(P, F, G, _, _), oncogenic(P, F).
any_change(P, G, open) :- change(P, F, G, _, _), not oncogenic(P, F).
is(P, C, disputed) :- asks(P, C), wildtype(C, G), contradicted(P, G).
is(P, C, false) :- asks(P, C), wildtype(C, G), any_change(P, G, true), not contradicted(P, G).
is(P, C, true) :- asks(P, C), wildtype(C, G), absent(P, G), not change(P, G).

tested(P, G) :- genotype(P, G, _).
is(P, C, true) :- asks(P, C), genotyped(C, G), genotype(P, G, V), accepts(C, V).
is(P, C, false) :- asks(P, C), genotyped(C, G), genotype(P, G, V), not accepts(C, V).
is(P, C, true) :- asks(P, C), genotyped(C, G), not tested(P, G), accepts(C, "unknown").

told(P, C) :- is(P, C, V), V != unknown.
is(P, C, unknown) :- asks(P, C), not told(P, C).

% Whether a stated finding bears on a criterion, satisfying it, ruling it out or leaving it open.
bears(P, C) :- met(P, C).
bears(P, C) :- may(P, C).
bears(P, C) :- ruled_out(P, C).
bears(P, C) :- asks(P, C), of(C, G), wild(P, G), not open_gene(P, G).
bears(P, C) :- asks(P, C), wildtype(C, G), wild(P, G), not open_gene(P, G).
bears(P, C) :- asks(P, C), wildtype(C, G), change(P, G).

% ---- Profiles. root(R, N); leaf(N, C); negation(N, M); junction(N, all|any); part(N, M). ----------------------------
inside(R, N) :- root(R, N).
inside(R, M) :- inside(R, N), negation(N, M).
inside(R, M) :- inside(R, N), part(N, M).
under(R, N, plain) :- root(R, N).
under(R, M, negated) :- under(R, N, plain), negation(N, M).
under(R, M, plain) :- under(R, N, negated), negation(N, M).
under(R, M, S) :- under(R, N, S), part(N, M).

% Contradictory facts make an excluding row hold, and are unknown to every other.
prudent(R) :- row(R, _, exclude).
prudent(R) :- row(R, _, caution).
val(P, N, V) :- pair(P, R), inside(R, N), leaf(N, C), is(P, C, V), V != disputed.
val(P, N, true) :- pair(P, R), prudent(R), under(R, N, plain), leaf(N, C), is(P, C, disputed).
val(P, N, false) :- pair(P, R), prudent(R), under(R, N, negated), leaf(N, C), is(P, C, disputed).
val(P, N, unknown) :- pair(P, R), not prudent(R), inside(R, N), leaf(N, C), is(P, C, disputed).

opposite(true, false). opposite(false, true). opposite(unknown, unknown).
val(P, N, W) :- negation(N, M), val(P, M, V), opposite(V, W).
decides(all, false). decides(any, true).
decided(P, N) :- junction(N, J), decides(J, V), part(N, M), val(P, M, V).
val(P, N, V) :- junction(N, J), decides(J, V), decided(P, N).
val(P, N, unknown) :- pair(P, R), inside(R, N), junction(N, _), part(N, M), val(P, M, unknown), not decided(P, N).
open_part(P, N) :- junction(N, _), part(N, M), val(P, M, unknown).
val(P, N, W) :- pair(P, R), inside(R, N), junction(N, J), decides(J, V), opposite(V, W), not decided(P, N),
                not open_part(P, N).

biomarker(P, R, true) :- pair(P, R), not profiled(R).
profiled(R) :- root(R, _).
biomarker(P, R, V) :- pair(P, R), root(R, N), val(P, N, V).

% What bears on the result: all parts, save that of a decided AND or OR only the deciding ones.
weighs(P, N) :- pair(P, R), root(R, N).
weighs(P, M) :- weighs(P, N), negation(N, M).
weighs(P, M) :- weighs(P, N), part(N, M), not decided(P, N).
weighs(P, M) :- weighs(P, N), part(N, M), junction(N, J), decides(J, V), val(P, N, V), val(P, M, V).
touched(P, R) :- pair(P, R), inside(R, N), weighs(P, N), leaf(N, C), bears(P, C).
undone(P, R) :- pair(P, R), inside(R, N), weighs(P, N), leaf(N, C), val(P, N, unknown), not asks_absence(R, N).
asks_absence(R, N) :- under(R, N, negated), leaf(N, C), not wildtype_(C).
asks_absence(R, N) :- under(R, N, plain), leaf(N, C), wildtype_(C).
wildtype_(C) :- wildtype(C, _).

% ---- Diseases. place(P, T, D); broader(T, D, E): E is a parent of D. ------------------------------------------------
isa(T, D, D) :- disease(T, D).
isa(T, D, F) :- isa(T, D, E), broader(T, E, F).
compartment(T, D, K) :- isa(T, D, E), tagged(T, E, K).
placed(P) :- place(P, _).
excepted(P, R) :- patient(P, T), row(R, T, _), except(R, E), place(P, D), isa(T, D, E).
maybe_excepted(P, R) :- patient(P, T), row(R, T, _), except(R, E), place(P, D), isa(T, E, D).
named(P, R) :- patient(P, T), row(R, T, _), for(R, E), place(P, D), isa(T, D, E).
maybe_named(P, R) :- patient(P, T), row(R, T, _), for(R, E), place(P, D), isa(T, E, D).
akin(P, R) :- patient(P, T), row(R, T, _), for(R, E), place(P, D), compartment(T, E, K), compartment(T, D, K).
solid(P) :- patient(P, T), place(P, D), compartment(T, D, solid).
blood(P) :- patient(P, T), place(P, D), compartment(T, D, K), K != solid.

scoped(R) :- for(R, _).
scoped(R) :- agnostic(R, _).
on(P, R, here) :- pair(P, R), not scoped(R).
on(P, R, nowhere) :- excepted(P, R).
on(P, R, unplaced) :- pair(P, R), scoped(R), not placed(P).
on(P, R, here) :- named(P, R), not excepted(P, R), not maybe_excepted(P, R).
on(P, R, part) :- named(P, R), not excepted(P, R), maybe_excepted(P, R).
on(P, R, part) :- maybe_named(P, R), not named(P, R), not excepted(P, R).
on(P, R, akin) :- akin(P, R), not named(P, R), not maybe_named(P, R), not excepted(P, R).
on(P, R, nowhere) :- pair(P, R), placed(P), for(R, _), not named(P, R), not maybe_named(P, R), not akin(P, R).
on(P, R, here) :- pair(P, R), placed(P), agnostic(R, any), not excepted(P, R), not maybe_excepted(P, R).
on(P, R, here) :- pair(P, R), agnostic(R, solid), solid(P), not blood(P), not excepted(P, R), not maybe_excepted(P, R).
on(P, R, part) :- pair(P, R), agnostic(R, any), maybe_excepted(P, R), not excepted(P, R).
on(P, R, part) :- pair(P, R), agnostic(R, solid), solid(P), maybe_excepted(P, R), not excepted(P, R).
on(P, R, part) :- pair(P, R), agnostic(R, solid), solid(P), blood(P), not excepted(P, R).
on(P, R, part) :- pair(P, R), placed(P), agnostic(R, solid), not solid(P), not blood(P), not excepted(P, R).
on(P, R, nowhere) :- pair(P, R), agnostic(R, solid), blood(P), not solid(P).

% A limit holds within its disease only; a disease that is not known leaves it open.
within(P, R, true) :- on(P, R, here).
within(P, R, unknown) :- on(P, R, part).
within(P, R, unknown) :- on(P, R, unplaced).
within(P, R, false) :- on(P, R, nowhere).
within(P, R, false) :- on(P, R, akin).

% ---- Settings. cond(R, K); numbers are tenths. ----------------------------------------------------------------------
stated(P, F) :- number(P, F, _).
stated(P, F) :- word(P, F, _).
outside(P, K) :- patient(P, T), row(R, T, _), cond(R, K), bound(K, F, least, V), number(P, F, W), W < V.
outside(P, K) :- patient(P, T), row(R, T, _), cond(R, K), bound(K, F, above, V), number(P, F, W), W <= V.
outside(P, K) :- patient(P, T), row(R, T, _), cond(R, K), bound(K, F, most, V), number(P, F, W), W > V.
outside(P, K) :- patient(P, T), row(R, T, _), cond(R, K), bound(K, F, below, V), number(P, F, W), W >= V.
set(P, K, false) :- outside(P, K).
set(P, K, true) :- pair(P, R), cond(R, K), bound(K, F, _, _), number(P, F, _), not outside(P, K).
set(P, K, true) :- pair(P, R), cond(R, K), one_of(K, F), word(P, F, V), choice(K, V).
set(P, K, false) :- pair(P, R), cond(R, K), one_of(K, F), word(P, F, V), not choice(K, V).
set(P, K, false) :- pair(P, R), cond(R, K), none_of(K, F), word(P, F, V), choice(K, V).
set(P, K, true) :- pair(P, R), cond(R, K), none_of(K, F), word(P, F, V), not choice(K, V).
set(P, K, true) :- pair(P, R), cond(R, K), is_known(K, F), stated(P, F).
set(P, K, false) :- pair(P, R), cond(R, K), is_known(K, F), not stated(P, F).
set(P, K, true) :- pair(P, R), cond(R, K), is_unknown(K, F), not stated(P, F).
set(P, K, false) :- pair(P, R), cond(R, K), is_unknown(K, F), stated(P, F).
holds_one(P, K) :- pair(P, R), cond(R, K), listing(K, _), choice(K, V), had(P, V).
set(P, K, true) :- listing(K, present), holds_one(P, K).
set(P, K, false) :- listing(K, absent), holds_one(P, K).
set(P, K, false) :- pair(P, R), cond(R, K), listing(K, present), complete(P), not holds_one(P, K).
set(P, K, true) :- pair(P, R), cond(R, K), listing(K, absent), complete(P), not holds_one(P, K).
told_set(P, K) :- set(P, K, V), V != unknown.
set(P, K, unknown) :- pair(P, R), cond(R, K), not told_set(P, K).

% ---- Days, versions, replacement. -----------------------------------------------------------------------------------
late(P, R) :- pair(P, R), day(P, D), from(R, E), E > D.
late(P, R) :- pair(P, R), day(P, D), until(R, E), E <= D.
in_force(P, R) :- pair(P, R), active(R), not late(P, R).
older(P, R) :- in_force(P, R), in_force(P, Q), not foreign(P, Q), version(R, G, V), version(Q, G, W), W > V.
% Of rows that supersede each other in a circle none is gone.
follows(P, R, Q) :- in_force(P, Q), not foreign(P, Q), supersedes(Q, R).
after(P, R, Q) :- follows(P, R, Q).
after(P, R, S) :- after(P, R, Q), follows(P, Q, S).
superseded(P, R) :- in_force(P, R), follows(P, R, Q), Q != R, not after(P, Q, R).
replaced(P, R) :- older(P, R).
replaced(P, R) :- superseded(P, R).

% ---- Rows. ----------------------------------------------------------------------------------------------------------
% What is asked beside the disease; of a row that requires it is denied as a whole.
unmet(P, R, biomarker) :- biomarker(P, R, false).
unmet(P, R, K) :- cond(R, K), pair(P, R), set(P, K, false).
unsure(P, R) :- biomarker(P, R, unknown).
unsure(P, R) :- limit(R), cond(R, K), pair(P, R), set(P, K, unknown).
lost(P, R) :- unmet(P, R, _).
fails(P, R) :- lost(P, R), not row(R, _, require).
fails(P, R) :- pair(P, R), row(R, _, require), not lost(P, R), not unsure(P, R).
fails(P, R) :- within(P, R, false).
fails(P, R) :- pair(P, R), not in_force(P, R).
waits(P, R) :- unsure(P, R), not row(R, _, require).
waits(P, R) :- unsure(P, R), row(R, _, require), not lost(P, R).
waits(P, R) :- within(P, R, unknown).
outcome(P, R, failed) :- fails(P, R).
outcome(P, R, undecided) :- waits(P, R), not fails(P, R).
outcome(P, R, fired) :- pair(P, R), not fails(P, R), not waits(P, R).
lacks(P, R) :- cond(R, K), pair(P, R), set(P, K, unknown).
% A row that holds because a test was not done, or a fact not told, waits for it.
lacks(P, R) :- cond(R, K), pair(P, R), is_unknown(K, _), set(P, K, true).
lacks(P, R) :- biomarker(P, R, true), inside(R, N), weighs(P, N), under(R, N, plain), leaf(N, C), genotyped(C, G),
               accepts(C, "unknown"), not tested(P, G).
foreign(P, R) :- pair(P, R), jurisdiction(R, J), asked_in(P, I), I != J.

% ---- Of rows that fire, the more specific of one guideline wins. ----------------------------------------------------
% Drug by drug; a recommendation of several drugs together speaks of none of them alone.
gives_way(exclude, recommend). gives_way(exclude, dose).
gives_way(require, recommend). gives_way(require, dose).
gives_way(dose, dose). gives_way(dose, exclude). gives_way(dose, require).
versioned(R) :- version(R, _, _).
same_issue(R, Q) :- version(R, G, V), version(Q, G, V), R != Q.
same_issue(R, Q) :- row(R, T, _), row(Q, T, _), R != Q, guideline(R, G), guideline(Q, G), not versioned(R),
                    not versioned(Q).
together(R) :- row(R, _, recommend), drug(R, X), drug(R, Y), X != Y.
rival(R, Q) :- same_issue(R, Q), row(R, T, K), row(Q, T, L), gives_way(L, K), not together(R), drug(R, X), drug(Q, X).

compared(N, M) :- rival(R, Q), asked(R, N), asked(Q, M).
compared(N, M) :- rival(Q, R), asked(R, N), asked(Q, M).
compared(X, M) :- compared(N, M), part(N, X).
compared(N, X) :- compared(N, M), part(M, X).
compared(Y, X) :- compared(N, M), negation(N, X), negation(M, Y).
implies(N, M) :- compared(N, M), shape(N, S), shape(M, S).
implies(N, M) :- compared(N, M), leaf(N, C), leaf(M, D), narrower(C, D).
implies(N, M) :- compared(N, M), negation(N, X), negation(M, Y), implies(Y, X).
implies(N, M) :- compared(N, M), junction(N, all), part(N, X), implies(X, M).
implies(N, M) :- compared(N, M), junction(M, any), part(M, X), implies(N, X).
implies(N, M) :- compared(N, M), junction(N, any), not escapes(N, M).
implies(N, M) :- compared(N, M), junction(M, all), not leaves_out(N, M).
escapes(N, M) :- compared(N, M), junction(N, any), part(N, X), not implies(X, M).
leaves_out(N, M) :- compared(N, M), junction(M, all), part(M, X), not implies(N, X).

leaf_pair(C, D) :- compared(N, M), leaf(N, C), leaf(M, D).
narrower(C, D) :- leaf_pair(C, D), exact(C, G, K, A), exact(D, G, K, A).
narrower(C, D) :- leaf_pair(C, D), exact(C, G, K, _), codon(D, G, K).
narrower(C, D) :- leaf_pair(C, D), codon(C, G, K), codon(D, G, K).
narrower(C, D) :- leaf_pair(C, D), of(C, G), mutation(D, G).
narrower(C, D) :- leaf_pair(C, D), wildtype(C, G), wildtype(D, G).
narrower(C, D) :- leaf_pair(C, D), asks_status(C, M, S), asks_status(D, M, S).
narrower(C, D) :- leaf_pair(C, D), asks_value(C, M, S, V), asks_value(D, M, S, W), V >= W.
narrower(C, D) :- leaf_pair(C, D), genotyped(C, G), genotyped(D, G), not other_genotype(C, D).
other_genotype(C, D) :- leaf_pair(C, D), accepts(C, V), not accepts(D, V).

pairing(R, Q) :- rival(R, Q).
pairing(R, Q) :- rival(Q, R).
wider(R, Q) :- pairing(R, Q), asked(R, N), asked(Q, M), not implies(N, M).
wider(R, Q) :- pairing(R, Q), asked(Q, _), not profiled(R).
wider(R, Q) :- pairing(R, Q), cond(Q, K), written(K, W), not has(R, W).
has(R, W) :- cond(R, K), written(K, W).
wider(R, Q) :- pairing(R, Q), scoped(Q), not scoped(R).
lies_in(T, R, D) :- for(R, E), isa(T, D, E), disease(T, D).
wider(R, Q) :- pairing(R, Q), row(R, T, _), for(R, E), for(Q, _), not lies_in(T, Q, E).
wider(R, Q) :- pairing(R, Q), agnostic(R, _), for(Q, _).
wider(R, Q) :- pairing(R, Q), agnostic(R, any), agnostic(Q, solid).
wider(R, Q) :- pairing(R, Q), agnostic(R, _), except(Q, E), not except(R, E).
wider(R, Q) :- pairing(R, Q), row(R, T, _), for(R, E), agnostic(Q, solid), compartment(T, E, K), K != solid.
wider(R, Q) :- pairing(R, Q), row(R, T, _), for(R, E), agnostic(Q, solid), not compartment(T, E, solid).
wider(R, Q) :- pairing(R, Q), row(R, T, _), for(R, E), except(Q, X), isa(T, E, X).
wider(R, Q) :- pairing(R, Q), row(R, T, _), for(R, E), except(Q, X), isa(T, X, E), not except(R, X).
more_specific(R, Q) :- rival(R, Q), not wider(R, Q), wider(Q, R).

% Who wins must hold for certain, and here: what is not known, or holds elsewhere, lifts no limit.
stands(P, R) :- outcome(P, R, fired), not replaced(P, R).
beaten(P, Q, R, X) :- more_specific(R, Q), stands(P, R), not lacks(P, R), not foreign(P, R), stands(P, Q),
                      drug(R, X), drug(Q, X).
beaten(P, Q, X) :- beaten(P, Q, _, X).

% ---- What guideline rows alone make of a recommended set of drugs. --------------------------------------------------
% A positive row fires in another tumour of the same compartment too, or where the diagnosis is too broad or not placed,
% but then gives an option at most.
gives(P, R, S) :- pair(P, R), row(R, _, recommend), therapy(R, S).
positive(P, R) :- gives(P, R, _).
gone(P, R) :- positive(P, R), not in_force(P, R).
gone(P, R) :- positive(P, R), replaced(P, R).
gone(P, R) :- positive(P, R), foreign(P, R).
void(P, R) :- positive(P, R), biomarker(P, R, false).
void(P, R) :- positive(P, R), on(P, R, nowhere).
void(P, R) :- positive(P, R), cond(R, K), set(P, K, false).
void(P, R) :- gone(P, R).
hopes(P, R) :- positive(P, R), biomarker(P, R, unknown), not void(P, R).
speaks(P, R) :- positive(P, R), biomarker(P, R, true), not void(P, R).
limited(P, R) :- positive(P, R), on(P, R, W), W != here.
limited(P, R) :- positive(P, R), not placed(P).
limited(P, R) :- speaks(P, R), lacks(P, R).
limited(P, R) :- speaks(P, R), until(R, _), not dated(P).
dated(P) :- day(P, _).

% An option is what a stated finding has to do with, or what waits for absences only.
shown(P, R) :- speaks(P, R).
shown(P, R) :- hopes(P, R), touched(P, R).
shown(P, R) :- hopes(P, R), not undone(P, R).
unmet(P, R) :- void(P, R), touched(P, R), active(R).

% Limits. A foreign one is a caution. Resistance is answered by a row for the whole combination, in this disease, that
% names every vetoing finding and waits for nothing.
strict(R) :- row(R, _, exclude).
strict(R) :- row(R, _, require).
veto(P, Q, X) :- strict(Q), drug(Q, X), outcome(P, Q, fired), not replaced(P, Q), not foreign(P, Q),
                 not beaten(P, Q, X).
veto_on(P, S, Q) :- gives(P, _, S), contains(S, X), veto(P, Q, X).
open_on(P, S, Q) :- gives(P, _, S), contains(S, X), strict(Q), drug(Q, X), outcome(P, Q, undecided),
                    not replaced(P, Q), not foreign(P, Q), if_unknown(Q, needs_check).
combined(S) :- contains(S, X), contains(S, Y), X != Y.
vetoing(P, Q, F) :- veto(P, Q, _), inside(Q, N), weighs(P, N), under(Q, N, plain), leaf(N, C), val(P, N, true),
                    met(P, C, F).
unnamed(P, R, Q) :- speaks(P, R), gives(P, R, S), veto_on(P, S, Q), vetoing(P, Q, F), not names(P, R, F).
names(P, R, F) :- speaks(P, R), inside(R, N), weighs(P, N), under(R, N, plain), leaf(N, C), val(P, N, true),
                  met(P, C, F), not mutation(C).
mutation(C) :- mutation(C, _).
answered(P, R, Q) :- speaks(P, R), not limited(P, R), gives(P, R, S), combined(S), veto_on(P, S, Q),
                     because(Q, resistance), on(P, R, here), placed(P), vetoing(P, Q, _), not unnamed(P, R, Q).
struck(P, R) :- gives(P, R, S), veto_on(P, S, Q), not answered(P, R, Q).

standing(P, S) :- gives(P, R, S), speaks(P, R), not struck(P, R).
firm(P, S) :- gives(P, R, S), speaks(P, R), not struck(P, R), not limited(P, R).
spoken(P, S) :- gives(P, R, S), shown(P, R).
forbidden(P, S) :- veto_on(P, S, _), not standing(P, S), spoken(P, S).
forbidden(P, S) :- veto_on(P, S, _), not standing(P, S), gives(P, R, S), unmet(P, R).
forbidden(P, S) :- gives(P, R, S), agnostic(R, _), excepted(P, R), touched(P, R),
                   not biomarker(P, R, false), not gone(P, R).
forbidden(P, S) :- gives(P, R, S), unmet(P, R), not spoken(P, S).
check(P, S) :- spoken(P, S), open_on(P, S, _).
check(P, S) :- spoken(P, S), not standing(P, S).
status(P, S, excluded) :- forbidden(P, S).
status(P, S, needs_check) :- check(P, S), not forbidden(P, S).
status(P, S, recommended) :- firm(P, S), not check(P, S), not forbidden(P, S).
status(P, S, option) :- standing(P, S), not firm(P, S), not check(P, S), not forbidden(P, S).

#show outcome/3.
#show replaced/2.
#show beaten/4.
#show status/3.
"""

_COMPARED = {">=": "least", ">": "above", "<=": "most", "<": "below"}


@dataclass
class Program:
    """Tables and patients as facts; ids are ours, ``t1``, ``r17``, ``p4``."""

    facts: list[str] = field(default_factory=list)
    _count: int = 0
    _shapes: dict[Expression, int] = field(default_factory=dict)

    def table(
        self, rows: Iterable[GuidelineRow], parents: Mapping[str, Iterable[str]], tagged: Mapping[str, str]
    ) -> tuple[int, dict[str, int]]:
        """Adds a table with its disease hierarchy; its number, and the rows' numbers by id."""
        table = self._new()
        listed = list(rows)
        numbers = {row.id: self._new() for row in listed}
        for disease, above in parents.items():
            self._say("disease", table, _q(disease))
            for parent in above:
                self._say("broader", table, _q(disease), _q(parent))
        for disease, compartment in tagged.items():
            self._say("tagged", table, _q(disease), compartment)
        for row in listed:
            self._row(row, table, numbers)
        return table, numbers

    def patient(self, profile: Profile, findings: Iterable[Finding], disease: str | None, table: int) -> int:
        """Adds a patient who is asked about a table."""
        p = self._new()
        self._say("patient", p, table)
        if disease is not None:
            self._say("place", p, _q(disease))
        for finding in findings:
            self._finding(p, finding)
        for test in profile.tests:
            for gene in test.genes:
                self._say("covered", p, _q(gene))
        for unread in profile.unread:
            self._say("unread", p, _q(unread.gene))
        c = profile.context
        if c.age_years is not None:
            self._say("number", p, "age_years", _tenths(c.age_years))
        for fact, word in (("sex", c.sex), ("stage", profile.disease.stage), ("population", c.population)):
            if word is not None:
                self._say("word", p, fact, _q(word))
        for therapy in c.prior_therapies or ():
            self._say("had", p, _q(str(therapy)))
        if c.prior_therapies_complete:
            self._say("complete", p)
        for gene, genotype in c.germline_pgx.items():
            self._say("genotype", p, _q(gene), _q(genotype))
        if c.as_of:
            self._say("day", p, _day(c.as_of))
        if c.jurisdiction:
            self._say("asked_in", p, _q(c.jurisdiction))
        return p

    def answer(self) -> dict[str, set[tuple[str, ...]]]:
        """Everything that is shown, by predicate, its arguments as text."""
        control = clingo.Control(["--warn=none"])
        control.add("base", [], RULES + "\n".join(self.facts))
        control.ground([("base", [])])
        found: dict[str, set[tuple[str, ...]]] = {}
        with control.solve(yield_=True) as handle:
            (model,) = [list(m.symbols(shown=True)) for m in handle]
        for symbol in model:
            found.setdefault(symbol.name, set()).add(tuple(str(a) for a in symbol.arguments))
        return found

    # -- facts -------------------------------------------------------------------------------------------------------

    def _new(self) -> int:
        self._count += 1
        return self._count

    def _say(self, predicate: str, *arguments: object) -> None:
        self.facts.append(f"{predicate}({', '.join(map(str, arguments))}).")

    def _finding(self, p: int, f: Finding) -> None:
        name = _q(f.read_as)
        if f.kind == "wildtype":
            self._say("wild", p, _q(f.gene))
        elif f.kind == "variant":
            codon, new = _place(f.protein)
            self._say("change", p, name, _q(f.gene), codon, _q(new))
            if f.oncogenic:
                self._say("oncogenic", p, name)
            if f.uncertain:
                self._say("uncertain", p, name)
        elif f.value is not None:
            self._say("value", p, name, _q(f.marker), _q(f.scheme), _tenths(f.value))
        else:
            self._say("status", p, name, _q(f.marker), _q(f.status))

    def _row(self, row: GuidelineRow, table: int, numbers: Mapping[str, int]) -> None:
        r = numbers[row.id]
        self._say("row", r, table, row.kind)
        self._say("guideline", r, _q(row.guideline))
        for drug in row.drugs:
            self._say("drug", r, _q(drug))
        if row.kind == "recommend":
            therapy = " + ".join(row.drugs)
            self._say("therapy", r, _q(therapy))
            for drug in row.drugs:
                self._say("contains", _q(therapy), _q(drug))
        if row.profile is not None:
            root = self._node(row.profile)
            self._say("root", r, root)
            asked = self._negated(root, row.profile) if row.kind == "require" else root
            self._say("asked", r, asked)
        if row.disease is not None:
            for disease in row.disease.ids:
                self._say("for", r, _q(disease))
            if row.disease.agnostic:
                self._say("agnostic", r, row.disease.agnostic)
            for disease in row.disease.excluded:
                self._say("except", r, _q(disease))
        for condition in row.settings:
            self._condition(r, condition)
        if row.status == "active":
            self._say("active", r)
        if row.effective_from:
            self._say("from", r, _day(row.effective_from))
        if row.effective_to:
            self._say("until", r, _day(row.effective_to))
        if row.version:
            self._say("version", r, _q(f"{table} {row.guideline}"), int(row.version))
        if row.supersedes in numbers:
            self._say("supersedes", r, numbers[row.supersedes])
        if row.jurisdiction:
            self._say("jurisdiction", r, _q(row.jurisdiction))
        if row.because:
            self._say("because", r, row.because)
        self._say("if_unknown", r, row.if_unknown)

    def _negated(self, of: int, e: Expression) -> int:
        n = self._new()
        self._say("negation", n, of)
        self._say("shape", n, self._shape(Not(e)))
        return n

    def _shape(self, e: Expression) -> int:
        return self._shapes.setdefault(e, len(self._shapes))

    def _node(self, e: Expression) -> int:
        n = self._new()
        self._say("shape", n, self._shape(e))
        if isinstance(e, Is):
            self._say("leaf", n, self._criterion(e.criterion))
        elif isinstance(e, Not):
            self._say("negation", n, self._node(e.arg))
        else:
            self._say("junction", n, "all" if isinstance(e, All) else "any")
            for arg in e.args:
                self._say("part", n, self._node(arg))
        return n

    def _criterion(self, c: Criterion) -> int:
        n = self._new()
        if c.type == "wildtype":
            self._say("wildtype", n, _q(c.gene))
        elif c.type == "genotype":
            self._say("genotyped", n, _q(c.gene))
            for genotype in c.genotypes:
                self._say("accepts", n, _q(genotype))
        elif c.type == "expression" and c.value is not None:
            self._say("asks_value", n, _q(c.marker), _q(c.scheme), _tenths(c.value))
        elif c.type == "expression":
            self._say("asks_status", n, _q(c.marker), _q(c.statuses[0]))
        elif c.protein:
            codon, new = _place(c.protein)
            self._say("exact", n, _q(c.gene), codon, _q(new))
        elif c.codons:
            self._say("codon", n, _q(c.gene), c.codons[0])
        else:
            self._say("mutation", n, _q(c.gene))
        return n

    def _condition(self, r: int, c: Condition) -> None:
        k = self._new()
        self._say("cond", r, k)
        self._say("written", k, _q(f"{c.fact} {c.cell}"))
        if c.cell in ("known", "unknown"):
            self._say(f"is_{c.cell}", k, c.fact)
        elif m := re.fullmatch(r"(<=|>=|<|>)(\d+)", c.cell):
            self._say("bound", k, c.fact, _COMPARED[m[1]], _tenths(float(m[2])))
        elif m := re.fullmatch(r"([\[(])(\d+)\.\.(\d+)([\])])", c.cell):
            self._say("bound", k, c.fact, "least" if m[1] == "[" else "above", _tenths(float(m[2])))
            self._say("bound", k, c.fact, "most" if m[4] == "]" else "below", _tenths(float(m[3])))
        else:
            word, colon, rest = c.cell.partition(":")
            if colon:
                self._say("listing", k, word)
            else:
                rest = c.cell.removeprefix("!")
                self._say("none_of" if c.cell.startswith("!") else "one_of", k, c.fact)
            for choice in rest.split("|"):
                self._say("choice", k, _q(choice))


def _q(text: object) -> str:
    return f'"{text}"'


def _tenths(number: float) -> int:
    return round(number * 10)


def _day(text: str) -> int:
    return int(text.replace("-", ""))


def _place(protein: str | None) -> tuple[int, str]:
    found = re.fullmatch(r"p\.[A-Z](\d+)([A-Z])", protein or "")
    assert found is not None, protein
    return int(found[1]), found[2]
