"""Pure decisions about recovery: what may move, what is taken over, what adds up."""
