"""What a team has accepted: findings suppressed for a reason, findings known from a baseline.

Accepted findings are marked and never dropped, and fail no check.
"""
