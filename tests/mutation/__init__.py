"""The tests of the tests: ``make mutants`` makes rules wrong, of derivatives and of steps, and sees who notices.

There are two kinds of mutants. What a rule answers is changed from outside (:mod:`changes`): zero, forgotten, the sign
flipped, a little too large. And its source is changed from inside (:mod:`source`), one operator, one constant, one
comparison, one call at a time, in the rule and in every function that it calls. A mutant is planted in a process of
its own (:mod:`child`), for the backward sweep alone: the forward pass has been run before, and the slopes that the
gradients are compared with were measured before (:mod:`slopes`). What no slope shows, the tests of the page are asked
(:mod:`suite`). An update rule of ``optim`` has no slopes: its source is changed, and its tests are asked at once.

A mutant that computes the same as the right program cannot be noticed. Those are listed one by one, each with the
reason (:mod:`equivalent`), and a line of that list that no mutant answers to any more is an error.
"""
