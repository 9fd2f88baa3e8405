# %%
from dataclasses import dataclass, field

# %%
@dataclass
class Account:
    owner: str
    balance: float = 0.0
    moves: list = field(default_factory=list)

    def deposit(self, amount):
        if amount < 0:
            raise ValueError("negative amount")
        self.balance += amount
        self.moves.append(amount)
        return self

# %%
class Bank:
    fee = 0.5
    def __init__(self):
        self.accounts = {}
        self.opened = 0

    def open(self, owner):
        self.opened += 1
        self.accounts[owner] = Account(owner)
        return self.accounts[owner]

    def transfer(self, a, b, amount):
        self.accounts[a].deposit(amount * 0)
        self.accounts[a].balance -= amount + self.fee
        self.accounts[b].deposit(amount)

# %%
bank = Bank()
ann = bank.open("ann")
bob = bank.open("bob")

# %%
ann.deposit(100)
bob.deposit(50).deposit(25)

# %%
bank.transfer("ann", "bob", 30)
ann.balance

# %%
Bank.fee = 1.5
bank.transfer("bob", "ann", 10)

# %%
class Savings(Account):
    rate = 0.02
    def year(self):
        return self.deposit(self.balance * self.rate)

# %%
sam = Savings("sam", 1000)
bank.accounts["sam"] = sam
for _ in range(3):
    sam.year()

# %%
def total(b):
    return sum(a.balance for a in b.accounts.values())

before = total(bank)
for name in list(bank.accounts):
    bank.accounts[name].balance = round(bank.accounts[name].balance, 1)
after = total(bank)

# %%
books = {name: list(a.moves) for name, a in bank.accounts.items()}
richest = max(bank.accounts.values(), key=lambda a: a.balance)

# %%
richest.moves.clear()
balances = sorted((a.owner, a.balance) for a in bank.accounts.values())
